import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const RUNTIME_FILES = [
  "embed.safetensors",
  "encoder.onnx",
  "kernel.wasm",
  "tokenizer.json",
  "tokenizer_config.json",
  "head.json",
  "examples.jsonl",
  "vectors.bin",
  "frozen.jsonl",
];

/** The executable's name, without Windows' ending: it is part of the bytes. */
export const PROGRAM = "virtusoul-router";

interface CompileOptions {
  /** Where the executable goes; its folder is for this build alone. */
  folder: string;
  /** For another machine: what Bun calls it, and its runtime. Without it: for this one. */
  cross?: { bun: string; runtime: string };
}

/** Source → one executable, weights, tokenizer, heads and WASM inside: the same bytes in any folder. Gives its path. */
export function compile({ folder, cross }: CompileOptions): string {
  const stage = join(folder, "stage");
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(join(stage, "models"), { recursive: true });
  for (const name of RUNTIME_FILES) cpSync(join("models", name), join(stage, "models", name));
  mkdirSync(join(stage, "training"));
  cpSync("training/eval.jsonl", join(stage, "training/eval.jsonl"));
  mkdirSync(join(stage, "src/dashboard"), { recursive: true });
  cpSync("src/dashboard/page.html", join(stage, "src/dashboard/page.html"));
  const output = join(folder, PROGRAM);
  const build = [
    ...["build", "--compile", "--minify", "--sourcemap=none"],
    ...["src/main.ts", "src/classifier/worker.ts", "src/trainer/worker.ts"],
    // The binary must behave alike in every folder: it reads `.env` itself, and nothing else of where it starts.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    // A package asks where it lies: the path of this machine would be in the file, and in its hash.
    ...["--define", '__dirname="/"', "--define", '__filename="/"'],
    ...["models", "src", "training"].flatMap((name) => ["--asset", join(stage, name)]),
    ...["--outfile", output],
    ...(cross ? [`--target=${cross.bun}`, `--compile-executable-path=${cross.runtime}`] : []),
  ];
  mkdirSync(dirname(output), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, build, { encoding: "utf8" });
  rmSync(stage, { recursive: true });
  if (status !== 0) throw new Error(`Cannot build ${output}: ${stderr.trim()}`);
  return cross?.bun.includes("windows") ? `${output}.exe` : output;
}
