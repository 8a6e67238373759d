// The benchmark: `bun run bench [--quick | --smoke] [--peers] [--only bun,binary] [--part NAME]
// [--prompts FILE,FILE]`. Everything runs on loopback and ends by itself. Results belong into scripts/bench/RESULTS.md, with machine, versions and date.
// `--smoke` only shows that it runs: tiny counts, and a load generator of its own in place of wrk.
import { cpus } from "node:os";
import process from "node:process";
import type { Bench } from "./common.ts";
import { growth } from "./growth.ts";
import { cached, classify, fresh } from "./judging.ts";
import { hasLoadGenerator, load, loadWithin } from "./load.ts";
import { memory, start } from "./process.ts";
import { streams } from "./streams.ts";
import { startUpstream, SUBJECTS } from "./subjects.ts";
import { throughput } from "./throughput.ts";

const flags = process.argv.slice(2);
const valueOf = (flag: string) => flags.includes(flag) ? flags[flags.indexOf(flag) + 1] : undefined;
const parts = { throughput, cached, fresh, classify, streams, start, memory, growth };
const part = valueOf("--part");
const smoke = flags.includes("--smoke");
const quick = flags.includes("--quick");

if (part !== undefined && !(part in parts)) {
  console.error(`Cannot measure "${part}": use one of ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
if (!smoke && !hasLoadGenerator()) {
  console.error('Cannot measure: the load generator "wrk" is not there (Debian: apt-get install wrk)');
  process.exit(1);
}

const extent = smoke
  ? { seconds: 0.2, rounds: 1, scale: 0.001 }
  : quick
  ? { seconds: 1, rounds: 3, scale: 0.1 }
  : { seconds: 5, rounds: 5, scale: 1 };
const bench: Bench = {
  ...extent,
  chosen: valueOf("--only")?.split(",") ?? SUBJECTS,
  upstream: await startUpstream(),
  prompts: valueOf("--prompts")?.split(",") ?? ["training/eval.jsonl", "training/eval-languages.jsonl"],
  load: smoke ? loadWithin : load,
  peers: flags.includes("--peers"),
};
const machine = `${cpus().length} × ${cpus()[0]?.model}; Bun ${process.versions.bun ?? "-"}`;
console.log(`${machine}; ${extent.rounds} rounds of ${extent.seconds} s; median (low to high)`);
try {
  for (const [name, measure] of Object.entries(parts)) if (part === undefined || part === name) await measure(bench);
} finally {
  await bench.upstream.stop();
}
process.exit(0);
