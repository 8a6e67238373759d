// Builds a release: `bun run release` → dist/release, an archive for each kind of machine, their sums, what they are made
// of, and what installs them. The same sources give the same bytes. `--only NAME,…`, `--out FOLDER`, `--level 0…9`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { VERSION } from "../src/version.ts";
import { type ArchiveEntry, tarGz, zip } from "./release/archive.ts";
import { billOfMaterials } from "./release/bom.ts";
import { compile, PROGRAM } from "./release/compile.ts";
import { runtimeOf, sha256Of } from "./release/runtimes.ts";
import { BUN_VERSION, type ReleaseTarget, TARGETS } from "./release/targets.ts";

type Level = Parameters<typeof tarGz>[1];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    out: { type: "string", default: "dist/release" },
    level: { type: "string", default: "6" },
  },
});
const only = values.only?.split(",");
const unknown = only?.filter((name) => !TARGETS.some((target) => target.name === name)) ?? [];
if (unknown.length > 0) {
  fail(`there is no "${unknown.join('", "')}": use ${TARGETS.map(({ name }) => name).join(", ")}`);
}
if (!/^\d$/.test(values.level)) fail("--level is a digit");
if (process.versions.bun !== BUN_VERSION) {
  fail(`this is Bun ${process.versions.bun}, and the bytes hang on the version: use ${BUN_VERSION}`);
}

const { out } = values;
const level = Number(values.level) as Level;
/** What every archive holds beside the program. */
const BESIDE = ["LICENSE", "NOTICE", "README.md", ".env.example"];
/** What lies beside the archives, and where it is kept here. */
const DEPLOY = ["install.sh", "virtusoul-router.service", "kubernetes.yaml"];

try {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const bom = billOfMaterials(TARGETS);
  const names = TARGETS.filter(({ name }) => only?.includes(name) ?? true).map((target) => archive(target, bom));
  const bomName = `${PROGRAM}-${VERSION}.cdx.json`;
  writeFileSync(join(out, bomName), bom);
  for (const name of DEPLOY) {
    writeFileSync(join(out, name), readFileSync(join("scripts/deploy", name)), {
      mode: name.endsWith(".sh") ? 0o755 : 0o644,
    });
  }
  const sums = [...names, bomName, ...DEPLOY].sort().map((name) => `${sha256Of(join(out, name))}  ${name}`);
  writeFileSync(join(out, "SHA256SUMS"), `${sums.join("\n")}\n`);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

/** Builds one archive and gives its name. */
function archive(target: ReleaseTarget, bom: string): string {
  const work = join(out, "work");
  const file = compile({ folder: work, cross: { bun: target.bun, runtime: runtimeOf(target) } });
  const folder = `${PROGRAM}-${VERSION}-${target.name}`;
  const text = (path: string): ArchiveEntry => ({ path: `${folder}/${path}`, bytes: readFileSync(path) });
  const entries: ArchiveEntry[] = [
    { path: `${folder}/${file.slice(work.length + 1)}`, bytes: readFileSync(file), executable: true },
    ...BESIDE.map(text),
    { path: `${folder}/${PROGRAM}.cdx.json`, bytes: new TextEncoder().encode(bom) },
  ];
  const inside = sha256Of(file);
  rmSync(work, { recursive: true });
  const name = `${folder}.${target.archive}`;
  const bytes = target.archive === "zip" ? zip(entries, level) : tarGz(entries, level);
  writeFileSync(join(out, name), bytes);
  const [whole, packed] = [entries[0]?.bytes.length ?? 0, bytes.length].map((size) => `${(size / 1e6).toFixed(1)} MB`);
  console.log(
    `${name}  ${packed}  sha256 ${sha256Of(join(out, name))}\n  the program within: ${whole}  sha256 ${inside}`,
  );
  return name;
}

function fail(why: string): never {
  console.error(`Cannot release: ${why}`);
  process.exit(1);
}
