import type { Context } from "hono";
import { z } from "zod";
import { RouterError } from "../errors.ts";
import { type Example, parseExamples, parseList, parseTable } from "../trainer/example.ts";
import type { Job, RetrainRequest } from "../trainer/job.ts";
import { parseJson, type ReadText } from "./body.ts";

const flag = z.union([
  z.boolean(),
  z.enum(["true", "1", ""]).transform(() => true),
  z.enum(["false", "0"]).transform(() => false),
])
  .default(false);
const options = {
  mode: z.enum(["extend", "replace"]).default("extend"),
  dry_run: flag,
  force: flag,
  rollback: flag,
};
const inQuery = z.strictObject(options);
const inBody = z.strictObject({ ...options, examples: z.array(z.unknown()).default([]) });

/** `POST /retrain`: fits the heads anew and swaps them in if the gate lets them. */
export function createRetrain({ readText, job }: { readText: ReadText; job: Job }) {
  return async (context: Context): Promise<Response> => {
    const type = context.req.header("content-type") ?? "";
    const text = await readText(context.req.raw);
    return context.json(await job.run(requestOf(text, type, context.req.query())));
  };
}

function requestOf(text: string, type: string, query: Record<string, string>): RetrainRequest {
  const [kind = ""] = type.toLowerCase().split(";");
  if (text.trim() === "") return withOptions(checked(inQuery, query), []);
  if (kind.trim() === "application/json") {
    const { examples, ...rest } = checked(inBody, parseJson(text));
    return withOptions(rest, read(() => parseList(examples, "examples")));
  }
  const parse = Object.hasOwn(PARSERS, kind.trim()) ? PARSERS[kind.trim()] : undefined;
  if (!parse) {
    const message = `Cannot read a body of type ${JSON.stringify(kind.slice(0, 80))}: send ${
      ["application/json", ...Object.keys(PARSERS)].join(", ")
    }`;
    throw new RouterError(415, "unsupported_media_type", message);
  }
  return withOptions(checked(inQuery, query), read(() => parse(text, "body")));
}

const PARSERS: Readonly<Record<string, (text: string, group: string) => Example[]>> = {
  "application/jsonl": parseExamples,
  "application/x-ndjson": parseExamples,
  "text/csv": parseTable,
};

function withOptions(chosen: z.infer<typeof inQuery>, examples: Example[]): RetrainRequest {
  const { mode, dry_run, force, rollback } = chosen;
  return { examples, mode, dryRun: dry_run, force, rollback };
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue?.path.join(".") || null;
  throw new RouterError(400, "invalid_value", `Cannot retrain: ${param ?? "the body"}: ${issue?.message}`, { param });
}

/** A bad row is the client's. */
function read(parse: () => Example[]): Example[] {
  try {
    return parse();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RouterError(400, "invalid_value", message, { param: "examples", cause });
  }
}
