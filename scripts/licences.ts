// Whose work is shipped, and on what terms. `--write` writes NOTICE, `--check` compares; both refuse copyleft.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { closure, label, manifestOf, type Package } from "./packages.ts";

/** Terms that ask for nothing but to be named. */
const PERMISSIVE = [
  "MIT",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "ISC",
  "Zlib",
  "Unlicense",
  "CC0-1.0",
  "BlueOak-1.0.0",
  "Python-2.0",
];
/** Tools that only tests use may also be these: they are not shipped. */
const TESTS_ONLY = [...PERMISSIVE, "MPL-2.0", "CC-BY-4.0"];

const root = process.argv.find((argument) => argument.startsWith("--root="))?.slice(7) ?? ".";
const project = manifestOf(root);
const shipped = closure(Object.keys(project.dependencies ?? {}), root);
const tools = closure(Object.keys(project.devDependencies ?? {}), root).filter((tool) =>
  !shipped.some(({ folder }) => folder === tool.folder)
);
const refused = [
  ...shipped.filter(({ license }) => !allows(license, PERMISSIVE)).map((one) => `${label(one)} is shipped`),
  ...tools.filter(({ license }) => !allows(license, TESTS_ONLY)).map((one) => `${label(one)} is a tool`),
];
if (refused.length > 0) {
  console.error(`Cannot use packages on these terms:\n  ${refused.join("\n  ")}`);
  process.exit(1);
}
const notice = noticeOf(shipped);
const file = join(root, "NOTICE");
if (process.argv.includes("--write")) writeFileSync(file, notice);
else if (!existsSync(file) || readFileSync(file, "utf8") !== notice) {
  console.error("NOTICE is not what is shipped: run `bun scripts/licences.ts --write`");
  process.exit(1);
}
console.log(`${shipped.length} packages are shipped, ${tools.length} are tools: all on terms that we keep`);

/** An SPDX expression of one licence, or of several joined by OR or AND. */
function allows(license: string, list: string[]): boolean {
  const plain = license.replace(/[()]/g, "").trim();
  if (plain.includes(" OR ")) return plain.split(" OR ").some((part) => allows(part, list));
  if (plain.includes(" AND ")) return plain.split(" AND ").every((part) => allows(part, list));
  return list.includes(plain);
}

function noticeOf(packages: Package[]): string {
  const head = readFileSync(join(root, "scripts/notice.txt"), "utf8");
  const texts = packages.map((one) => `${"─".repeat(80)}\n${label(one)}\n\n${licenceText(one)}`);
  return `${head.trimEnd()}\n\n${texts.join("\n")}`;
}

function licenceText({ folder, license }: Package): string {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  if (names.length === 0) return `(The package holds no text of its own; its terms are ${license}.)\n`;
  return names.map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim()).join("\n\n") +
    "\n";
}
