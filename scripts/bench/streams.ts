import { type Bench, body, CHAT, json, scaled, withRouter } from "./common.ts";
import { quantile } from "./load.ts";
import { memoryOf, type Subject } from "./subjects.ts";

/** Many paced streams at once: are they whole, and how much later does an event arrive than it was sent? */
export async function streams(bench: Bench): Promise<void> {
  const [count, events] = [scaled(bench, 1000, 3), scaled(bench, 200, 3)];
  for (const name of bench.chosen) {
    await withRouter(bench, name, async (router) => {
      const through = await paced(router, count, events);
      const direct = await paced(bench.upstream, count, events);
      const { resident } = memoryOf(router);
      console.log(
        `\n${count} streams of ${events} events, 5 a second each, ${name}: whole ${through.whole}, event p50 +${
          (through.p50 - direct.p50).toFixed(2)
        } ms (direct ${direct.p50.toFixed(2)}), p99 ${through.p99.toFixed(1)} ms (direct ${direct.p99.toFixed(1)}), ${
          resident.toFixed(0)
        } MB`,
      );
    });
  }
}

/** Streams of a direct tier, an event every 200 ms: how many came whole, and how late their events were. */
export async function paced({ url }: Subject, count: number, events: number) {
  const late: number[] = [];
  let whole = 0;
  await Promise.all(Array.from({ length: count }, async (_, at) => {
    await new Promise((resolve) => setTimeout(resolve, at));
    const response = await fetch(url + CHAT, json(JSON.parse(body(`stream ${events} 200`, { stream: true }))));
    const decoder = new TextDecoder();
    let seen = 0;
    let text = "";
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      const end = text.lastIndexOf("\n\n");
      for (const event of end < 0 ? [] : text.slice(0, end).split("\n\n")) {
        const [, sent] = /"content":"([\d.]+)"/.exec(event) ?? [];
        if (sent !== undefined && ++seen > 1) late.push(performance.timeOrigin + performance.now() - Number(sent));
        if (event === "data: [DONE]" && seen === events) whole++;
      }
      text = text.slice(end + 2);
    }
  }));
  return { whole, p50: quantile(late, 0.5), p99: quantile(late, 0.99) };
}
