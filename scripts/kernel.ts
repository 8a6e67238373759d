// Compiles src/classifier/kernel.as into models/kernel.wasm: `bun scripts/kernel.ts`; with --check it only says whether
// the file is what the source makes.
import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { host } from "#host";

const SOURCE = "src/classifier/kernel.as";
const COMPILED = "models/kernel.wasm";

/** The module that the source makes; the same bytes on every machine. Throws with the compiler's words. */
export async function compileKernel(): Promise<Uint8Array> {
  const source = await readFile(SOURCE, "utf8");
  let compiled: Uint8Array | undefined;
  // The compiler takes names in .ts alone; the source is no TypeScript, and is not named so.
  const options = [
    "kernel.ts",
    "--outFile",
    "kernel.wasm",
    "-O3",
    "--noAssert",
    "--runtime",
    "stub",
    "--enable",
    "simd",
  ];
  const { error, stderr } = await asc.main(options, {
    readFile: (name: string) => name === "kernel.ts" ? source : null,
    writeFile: (_: string, bytes: Uint8Array | string) => {
      if (typeof bytes !== "string") compiled = bytes;
    },
    listFiles: () => [],
  });
  if (error || !compiled) throw new Error(`Cannot compile ${SOURCE}: ${error?.message}\n${stderr.toString()}`);
  return compiled;
}

if (import.meta.main) {
  const compiled = await compileKernel();
  const same = Buffer.compare(compiled, await readFile(COMPILED).catch(() => new Uint8Array())) === 0;
  if (host.args.includes("--check")) {
    console.log(same ? `${COMPILED} is what ${SOURCE} makes` : `${COMPILED} is not what ${SOURCE} makes`);
    host.exit(same ? 0 : 1);
  }
  await writeFile(COMPILED, compiled);
  console.log(`${COMPILED}: ${compiled.length} bytes`);
}
