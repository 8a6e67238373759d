// Are there packages with known weaknesses, or ones that nobody vouches for? Asks the package registry where it can be
// asked; what the lock file tells is checked in any case.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { closure, manifestOf } from "./packages.ts";
import { findingsIn, lockComplaints } from "./release/audit.ts";

const manifest = manifestOf(".");
const shipped = new Set(closure(Object.keys(manifest.dependencies ?? {}), ".").map(({ name }) => name));
const complaints = lockComplaints(manifest, readFileSync("bun.lock", "utf8"));
const { stdout, stderr } = spawnSync(process.execPath, ["audit", "--json"], { encoding: "utf8", timeout: 60_000 });
const report = asked(stdout);
if (report) complaints.push(...findingsIn(report, shipped));
if (complaints.length > 0) {
  console.error(`Cannot vouch for these packages:\n  ${complaints.join("\n  ")}`);
  process.exit(1);
}
const status = / - (\d{3})\b/.exec(stderr)?.[1];
console.log(
  report
    ? "no known weakness in any package"
    : `the registry cannot be asked for weaknesses from here${
      status ? ` (it answers ${status})` : ""
    }: the lock file alone was checked`,
);

function asked(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
