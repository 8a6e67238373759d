import { type Bench, body, CHAT } from "./common.ts";
import { summary } from "./load.ts";
import { startLiteLlm, startPortkey } from "./peers.ts";
import { cpuSecondsOf, startRouter, type Subject } from "./subjects.ts";

interface Figures {
  rates: number[];
  medians: number[];
  tails: number[];
  /** CPU time of the process for one request, µs: says the same whatever else the cores are doing. */
  cpu: number[];
  failed: number;
}

/** Requests a second and added time of a direct tier, everyone in turn within each round. */
export async function throughput(bench: Bench): Promise<void> {
  const rivals: Subject[] = [bench.upstream];
  for (const name of bench.chosen) rivals.push(await startRouter(name, bench.upstream));
  if (bench.peers) rivals.push(...await startedPeers(bench.upstream));
  for (const connections of bench.scale < 1 ? [64, 1] : [64, 1, 128, 400]) {
    const figures = await inTurn(bench, rivals, connections);
    console.log(`\ndirect tier, whole replies, ${connections} connection(s)`);
    for (const line of linesOf(bench, rivals, figures)) console.log(line);
  }
  for (const rival of rivals) if (rival !== bench.upstream) await rival.stop();
}

async function startedPeers(upstream: Subject): Promise<Subject[]> {
  const peers = await Promise.all([startPortkey(upstream), startLiteLlm(upstream)]);
  for (const peer of peers) if (typeof peer === "string") console.log(`not measured: ${peer}`);
  return peers.filter((peer) => typeof peer !== "string");
}

async function inTurn({ load, seconds, rounds }: Bench, rivals: readonly Subject[], connections: number) {
  const figures = new Map<string, Figures>();
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    for (const { name, url, headers, child } of rivals) {
      const before = cpuSecondsOf(child);
      const options = { url: url + CHAT, body: { text: body("hello") }, connections, seconds, headers };
      const measured = await load(options);
      const cpu = (cpuSecondsOf(child) - before) / measured.requests * 1e6;
      if (round < 0) continue;
      const own = figures.get(name) ?? { rates: [], medians: [], tails: [], cpu: [], failed: 0 };
      own.rates.push(measured.requestsPerSecond);
      own.medians.push(measured.p50Ms);
      own.tails.push(measured.p99Ms);
      own.cpu.push(cpu);
      own.failed += measured.failed;
      figures.set(name, own);
    }
  }
  return figures;
}

function linesOf({ chosen }: Bench, rivals: readonly Subject[], figures: ReadonlyMap<string, Figures>): string[] {
  const median = (name: string, of: (own: Figures) => number[]) => {
    const own = figures.get(name);
    return summary(own ? of(own) : []);
  };
  const p50 = (name: string) => median(name, ({ medians }) => medians).median;
  const p99 = (name: string) => median(name, ({ tails }) => tails).median;
  const rate = (name: string) => median(name, ({ rates }) => rates);
  const lines = rivals.map(({ name }) => {
    const { median: middle, low, high } = rate(name);
    const added = `p50 ${p50(name).toFixed(2)} ms (+${(p50(name) - p50("upstream")).toFixed(2)}), p99 ${
      p99(name).toFixed(2)
    } ms (+${(p99(name) - p99("upstream")).toFixed(2)})`;
    const cpu = median(name, (own) => own.cpu).median.toFixed(0);
    return `  ${name.padEnd(10)} ${middle.toFixed(0)} req/s (${low.toFixed(0)} to ${
      high.toFixed(0)
    }), ${added}, CPU ${cpu} µs/req, failed ${figures.get(name)?.failed}`;
  });
  const others = rivals.map(({ name }) => name).filter((name) => !chosen.includes(name));
  for (const name of chosen) {
    const ratios = others.map((other) => `${(rate(name).median / rate(other).median).toFixed(2)} × ${other}`);
    lines.push(`  ${name}: ${ratios.join(", ")}`);
  }
  return lines;
}
