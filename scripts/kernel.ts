// Compiles src/classifier/kernel/*.as into models/kernel.wasm: `bun scripts/kernel.ts`. A test compares the two.
import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const FOLDER = "src/classifier/kernel";
const COMPILED = "models/kernel.wasm";
/** The files whose exports are the module's. */
const ENTRIES = ["matrix.ts", "states.ts"];
const OPTIONS = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--outFile", "kernel.wasm"];

/** The module that the sources make; the same bytes on every machine. Throws with the compiler's words. */
export async function compileKernel(): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main([...ENTRIES, ...OPTIONS], {
    // The compiler takes names in .ts alone; the sources are no TypeScript, and are not named so.
    readFile: (name: string) => readFile(`${FOLDER}/${name.replace(/\.ts$/, ".as")}`, "utf8").catch(() => null),
    writeFile: (_: string, bytes: Uint8Array | string) => {
      if (typeof bytes !== "string") compiled = bytes;
    },
    listFiles: () => [],
  });
  if (error || !compiled) throw new Error(`Cannot compile ${FOLDER}: ${error?.message}\n${stderr.toString()}`);
  return compiled;
}

if (import.meta.main) {
  const compiled = await compileKernel();
  await writeFile(COMPILED, compiled);
  console.log(`${COMPILED}: ${compiled.length} bytes`);
}
