import { type Bench, post, scaled, withRouter } from "./common.ts";
import { summary } from "./load.ts";

/** How the time of one request grows. */
export async function growth(bench: Bench): Promise<void> {
  const lengths = [10, 1000, 100_000, 5_000_000];
  const counts = [1, 100, 10_000];
  for (const name of bench.chosen) {
    await withRouter(bench, name, async (router) => {
      const timed = async (request: unknown) => {
        const times: number[] = [];
        for (let round = 0; round < bench.rounds * 3; round++) {
          const started = performance.now();
          await post(router, request);
          times.push(performance.now() - started);
        }
        return `${summary(times).median.toFixed(1)} ms`;
      };
      const told: string[] = [];
      for (const length of lengths) {
        told.push(
          `${length} characters ${await timed({
            model: "auto",
            messages: [{ role: "user", content: "word ".repeat(length / 5) }],
          })}`,
        );
      }
      for (const count of counts) {
        const messages = Array.from(
          { length: count },
          (_, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content: `turn ${at}` }),
        );
        told.push(
          `${count} messages ${await timed({
            model: "auto",
            messages: [...messages, { role: "user", content: "and why?" }],
          })}`,
        );
      }
      for (const events of [10, 1000, scaled(bench, 50_000, 20)]) {
        told.push(
          `stream of ${events} ${await timed({
            model: "simple",
            stream: true,
            messages: [{ role: "user", content: `stream ${events} 0` }],
          })}`,
        );
      }
      console.log(`\ngrowth, ${name}: ${told.join(", ")}`);
    });
  }
}
