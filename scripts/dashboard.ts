// Makes the dashboard's page, one file with everything in it, from src/dashboard: `bun scripts/dashboard.ts` writes
// src/dashboard/page.html, `--check` compares. The page is checked in: Deno and the sources need no build to run.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const SOURCE = "src/dashboard";
const PAGE = `${SOURCE}/page.html`;
/** In the order in which they count. */
const STYLES = ["colors", "page", "layout", "controls", "tables", "charts", "views", "narrow"];
const UPLOT = "node_modules/uplot/dist/uPlot.min.css";
/** Who looks at a dashboard should not wait for it, kB of 10³ bytes. */
const MAX_KB = 250;

const sources = readdirSync(SOURCE).filter((name) => name !== "page.html").sort();
const page = pageOf();
const kilobytes = Buffer.byteLength(page) / 1000;
if (kilobytes > MAX_KB) fail(`Cannot use this page: it is ${kilobytes.toFixed(0)} kB large, more than ${MAX_KB}`);
if (!process.argv.includes("--check")) writeFileSync(PAGE, page);
else if (!existsSync(PAGE) || !same(readFileSync(PAGE, "utf8"), page)) {
  fail(`${PAGE} is not made from what lies beside it: run "bun scripts/dashboard.ts"`);
}
console.log(`${PAGE}: ${kilobytes.toFixed(0)} kB`);

function pageOf(): string {
  const script = bundled();
  const styles = [UPLOT, ...STYLES.map((name) => `${SOURCE}/${name}.css`)];
  const style = styles.map((name) => readFileSync(name, "utf8").trim().replace(/\s*\n\s*/g, "\n")).join("\n");
  if (script.includes("</script")) fail("The script holds its own end");
  const parts: Record<string, string> = { made: madeBy(), style, script };
  return readFileSync(`${SOURCE}/shell.html`, "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name] ?? fail(name));
}

function bundled(): string {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  const outfile = join(folder, "main.js");
  const options = ["--minify", "--target=browser", "--format=iife", "--env=disable", "--production"];
  const { status, stderr } = spawnSync(
    process.execPath,
    ["build", ...options, `${SOURCE}/main.tsx`, `--outfile=${outfile}`],
    { encoding: "utf8" },
  );
  if (status !== 0) fail(stderr);
  const script = readFileSync(outfile, "utf8").trim();
  rmSync(folder, { recursive: true });
  return script;
}

/** Which sources, and by which bundler: another one's bytes may differ. */
function madeBy(): string {
  const hash = createHash("sha256");
  for (const name of sources) hash.update(name).update(readFileSync(`${SOURCE}/${name}`));
  return `${hash.digest("hex").slice(0, 16)} ${process.versions.bun}`;
}

function same(there: string, here: string): boolean {
  if (there === here) return true;
  const made = (text: string) => /<meta name="made" content="(\w+) (\S+)">/.exec(text)?.slice(1) ?? [];
  const [[sourcesThere, bunThere], [sourcesHere, bunHere]] = [made(there), made(here)];
  return sourcesThere === sourcesHere && bunThere !== bunHere;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
