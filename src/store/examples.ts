import { RouterError } from "../errors.ts";
import type { Files } from "../runtime/host.ts";
import { type Example, parseExamples } from "../trainer/example.ts";
import { keeping } from "./keeping.ts";

/** The owner's examples: `DATA_DIR/examples/*.jsonl`. */
export interface OwnExamples {
  /** All of them, file by file in the order of their names. Throws RouterError 400 that names file, row and cause. */
  read(): Promise<Example[]>;
  /** Adds rows to one of the files, which is made when needed. */
  add(file: "feedback" | "retrain", rows: readonly Pick<Example, "text" | "tier">[]): Promise<void>;
}

export function createOwnExamples(files: Files, dataFolder: string): OwnExamples {
  const folder = `${dataFolder}/examples`;
  return {
    async read() {
      const names = (await files.list(folder)).filter((name) => name.endsWith(".jsonl"));
      const read = names.map(async (name) => {
        try {
          return parseExamples(await files.readText(`${folder}/${name}`) ?? "", name);
        } catch (cause) {
          const message = cause instanceof Error ? cause.message : String(cause);
          throw new RouterError(400, "invalid_value", message, { param: `examples/${name}`, cause });
        }
      });
      return (await Promise.all(read)).flat();
    },
    async add(file, rows) {
      if (rows.length === 0) return;
      const lines = rows.map(({ text, tier }) => `${JSON.stringify({ text, tier })}\n`).join("");
      await keeping("the examples", () => files.append(`${folder}/${file}.jsonl`, lines));
    },
  };
}
