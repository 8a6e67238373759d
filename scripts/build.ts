// Builds the one executable: `bun run build` → dist/virtusoul-router, with weights, tokenizer, heads and WASM inside.
import { statSync } from "node:fs";
import process from "node:process";
import { compile } from "./release/compile.ts";

/** The largest that it may be, MB of 10⁶ bytes. */
const MAX_MB = 155;

const output = compile({ folder: "dist" });
const megabytes = statSync(output).size / 1e6;
console.log(`${output}: ${megabytes.toFixed(1)} MB`);
if (megabytes > MAX_MB) {
  console.error(`Cannot ship ${output}: it is larger than ${MAX_MB} MB`);
  process.exit(1);
}
