// The whole gate in one command: `bun run test`. Format, lint, types, licences, unit tests on Bun and on Deno, the
// binary, and live tests against Bun, Deno and the binary. Last line: "N passed, N failed, N skipped".
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import process from "node:process";
import { denoPath } from "../tests/support/deno.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Step {
  name: string;
  command: string[];
  environment?: Record<string, string>;
  /** What it prints is worth reading even when all is well. */
  say?: boolean;
  /** Reads a test runner's totals; without it the step itself counts as one. */
  count?: (output: string) => Counts;
}

// A skipped test is a failed one: for machines on which every tool is there.
const noSkip = process.argv.includes("--no-skip");
const bun = process.execPath;
const testFiles = readdirSync("tests", { recursive: true, encoding: "utf8" })
  .map((name) => `./tests/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.ts"))
  .sort();
const unit = testFiles.filter((name) => !name.startsWith("./tests/live/"));
const live = testFiles.filter((name) => name.startsWith("./tests/live/"));

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const step of steps(findDeno())) add(await run(step));
if (noSkip && total.skipped > 0) {
  console.log(`skipping is not allowed here: ${total.skipped} skipped tests count as failed`);
  total.failed += total.skipped;
  total.skipped = 0;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);

function steps(deno: string): Step[] {
  const bunTests = (name: string, files: string[], environment = {}): Step => {
    return { name, command: [bun, "test", "--timeout", "60000", ...files], environment, count: countBun };
  };
  return [
    { name: "format", command: [deno, "fmt", "--check", "--quiet"] },
    { name: "lint", command: [deno, "lint", "--quiet"] },
    { name: "types", command: [deno, "check", "--quiet", "src", "scripts", "tests"] },
    { name: "regular expressions", command: [bun, "--no-env-file", "scripts/regexes.ts"] },
    { name: "weaknesses", command: [bun, "--no-env-file", "scripts/audit.ts"], say: true },
    { name: "licences", command: [bun, "--no-env-file", "scripts/licences.ts", "--check"] },
    bunTests("unit tests, Bun", unit),
    { name: "unit tests, Deno", command: [deno, "test", "-A", "--no-check", ...unit], count: countDeno },
    { name: "binary", command: [bun, "--no-env-file", "scripts/build.ts"] },
    ...["bun", "deno", "binary"].map((subject) => bunTests(`live tests, ${subject}`, live, { SUBJECT: subject })),
  ];
}

function findDeno(): string {
  try {
    return denoPath();
  } catch (error) {
    console.error(`Cannot test: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

async function run({ name, command, environment, say, count }: Step): Promise<Counts> {
  const started = performance.now();
  const { ok, output } = await outputOf(command, environment ?? {});
  const counted = count?.(output);
  const result = counted ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  // A runner that broke before it could count has failed too.
  if (!ok && result.failed === 0) result.failed = 1;
  const figures = counted
    ? `${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`
    : ok
    ? "ok"
    : "FAILED";
  console.log(`${name.padEnd(20)} ${figures} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (result.failed > 0) console.log(output);
  else if (say) console.log(`  ${output.trim()}`);
  else for (const line of skipLines(output)) console.log(`  ${line}`);
  return result;
}

function outputOf(command: string[], environment: Record<string, string>): Promise<{ ok: boolean; output: string }> {
  const env = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...environment };
  const child = spawn(command[0] ?? "", command.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output += text);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ ok: false, output: String(error) }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

function countBun(output: string): Counts {
  const last = (word: string) => Number([...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
  return { passed: last("pass"), failed: last("fail"), skipped: last("skip") };
}

function countDeno(output: string): Counts {
  const last = (word: string) => Number([...output.matchAll(new RegExp(`(\\d+) ${word}`, "g"))].at(-1)?.[1] ?? 0);
  return { passed: last("passed"), failed: last("failed"), skipped: last("ignored") };
}

/** What was left out, and the tool that is missing for it: its name says so. */
function skipLines(output: string): string[] {
  const lines = output.split("\n").filter((line) => /^\(skip\)|\.\.\. ignored/.test(line));
  return [...new Set(lines.map((line) => `skipped: ${line.replace(/^\(skip\) /, "")}`))];
}

function add({ passed, failed, skipped }: Counts): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
