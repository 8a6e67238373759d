import { type Bench, body, CHAT, json, promptsOf, scaled, withRouter } from "./common.ts";
import { quantile, summary } from "./load.ts";
import { measureOriginal } from "./peers.ts";

/** The same prompt again and again: what a cached judgement costs. */
export async function cached(bench: Bench): Promise<void> {
  for (const name of bench.chosen) {
    await withRouter(bench, name, async (router) => {
      const text = body("Explain how a heat pump works", { model: "auto" });
      const direct: number[] = [];
      const smart: number[] = [];
      for (let round = 0; round < bench.rounds; round++) {
        direct.push(
          (await bench.load({
            url: router.url + CHAT,
            body: { text: body("Explain how a heat pump works") },
            connections: 1,
            seconds: bench.seconds,
          })).p50Ms,
        );
        smart.push(
          (await bench.load({ url: router.url + CHAT, body: { text }, connections: 1, seconds: bench.seconds })).p50Ms,
        );
      }
      console.log(
        `\ncached ask, one connection, ${name}: p50 +${
          (summary(smart).median - summary(direct).median).toFixed(3)
        } ms against a direct tier`,
      );
    });
  }
}

/** Every prompt new: judgements a second, and how many the quick head had to give. */
export async function fresh(bench: Bench): Promise<void> {
  const words = ["explain", "prove", "write", "plan", "why", "list", "design", "compare"];
  const lua = `'{"model":"auto","messages":[{"role":"user","content":"' .. ({${
    words.map((word) => `"${word}"`).join(",")
  }})[counter % ${words.length} + 1] .. ' the thing number ' .. counter .. ' and its ' .. (counter * 7919) .. ' parts, in order"}]}'`;
  for (const name of bench.chosen) {
    await withRouter(bench, name, async (router) => {
      const before = await needed(router.url);
      const { requests, requestsPerSecond, p50Ms, p99Ms, failed } = await bench.load({
        url: router.url + CHAT,
        body: { lua },
        connections: 16,
        seconds: bench.seconds * 2,
      });
      console.log(
        `\n16 connections, every prompt new, ${name}: ${requestsPerSecond.toFixed(0)} req/s, p50 ${
          p50Ms.toFixed(1)
        } ms, p99 ${p99Ms.toFixed(1)} ms, failed ${failed}; by the quick head in need ${
          (100 * (await needed(router.url) - before) / requests).toFixed(1)
        } %`,
      );
    });
  }
}

/** Judgements that the quick head gave because the deep one was late or full. */
async function needed(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^virtusoul_classifier_fallbacks_total\{[^}]*\} (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Texts by which both ends of the connection, and what lies between, are compiled before anything is measured. */
const WARM_UP = 200;

/** Each text once, one after the other, through /classify. */
export async function classify(bench: Bench): Promise<void> {
  const texts = promptsOf(bench).slice(0, scaled(bench, 10_000, 5));
  const original = bench.peers ? await measureOriginal(texts) : undefined;
  if (original) {
    const mean = original.ms.reduce((sum, ms) => sum + ms, 0) / texts.length;
    console.log(
      `\nthe original's recipe, ${texts.length} texts: p50 ${quantile(original.ms, 0.5).toFixed(2)} ms, mean ${
        mean.toFixed(2)
      }, p99 ${quantile(original.ms, 0.99).toFixed(1)}; by 16 threads ${original.perSecond.toFixed(0)} a second`,
    );
  } else if (bench.peers) console.log("not measured: the original's recipe (ORIGINAL_PYTHON does not say where it is)");
  for (const name of bench.chosen) {
    await withRouter(bench, name, async (router) => {
      // As the original gets to see some first; other texts, so that none is known.
      for (let at = 0; at < scaled(bench, WARM_UP); at++) {
        await (await fetch(`${router.url}/classify`, json({ text: `warm-up ${at}: what is ${at} × ${at * 7919}?` })))
          .json();
      }
      const times: number[] = [];
      const reasons: Record<string, number> = {};
      for (const text of texts) {
        const started = performance.now();
        const { reason } = await (await fetch(`${router.url}/classify`, json({ text }))).json();
        times.push(performance.now() - started);
        reasons[reason] = (reasons[reason] ?? 0) + 1;
      }
      const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
      console.log(
        `\nclassify, ${times.length} texts once each, ${name}: p50 ${quantile(times, 0.5).toFixed(2)} ms, mean ${
          mean.toFixed(2)
        }, p95 ${quantile(times, 0.95).toFixed(1)}, p99 ${quantile(times, 0.99).toFixed(1)}; ${
          JSON.stringify(reasons)
        }`,
      );
    });
  }
}
