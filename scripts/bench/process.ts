import { type Bench, json, post, promptsOf, scaled, until, withRouter } from "./common.ts";
import { summary } from "./load.ts";
import { memoryOf, startRouter } from "./subjects.ts";

/** From the start of the process to its first answers. */
export async function start(bench: Bench): Promise<void> {
  for (const name of bench.chosen) {
    const marks: Record<string, number[]> = { "/health": [], "an answer": [], "an answer by the deep head": [] };
    for (let round = 0; round < bench.rounds; round++) {
      const started = performance.now();
      const router = await startRouter(name, bench.upstream);
      await fetch(`${router.url}/health`);
      marks["/health"]?.push(performance.now() - started);
      await (await fetch(`${router.url}/classify`, json({ text: "hi" }))).json();
      marks["an answer"]?.push(performance.now() - started);
      // The quick head is sure of many prompts, not of all.
      const texts = promptsOf(bench);
      let asked = 0;
      await until(async () => {
        const text = `${texts[asked % texts.length]} (${asked++})`;
        const { reason } = await (await fetch(`${router.url}/classify`, json({ text }))).json();
        return reason === "deep";
      });
      marks["an answer by the deep head"]?.push(performance.now() - started);
      await router.stop();
    }
    const told = Object.entries(marks).map(([mark, times]) => `${mark} ${summary(times).median.toFixed(0)} ms`);
    console.log(`\nstart, ${name}: ${told.join(", ")}`);
  }
}

/** Resident memory after many different classified requests. */
export async function memory(bench: Bench): Promise<void> {
  const count = scaled(bench, 10_000, 8);
  const texts = promptsOf(bench);
  for (const name of bench.chosen) {
    for (const workers of ["1", "2"]) {
      await withRouter(bench, name, async (router) => {
        for (let at = 0; at < count; at += 8) {
          await Promise.all(
            Array.from({ length: 8 }, (_, lane) =>
              post(router, {
                model: "auto",
                messages: [{ role: "user", content: `${texts[(at + lane) % texts.length]} (${at + lane})` }],
              })),
          );
        }
        const { resident, anonymous, files } = memoryOf(router);
        console.log(
          `\nmemory after ${count} classified requests, ${name}, ${workers} Worker(s): ${
            resident.toFixed(0)
          } MB (anonymous ${anonymous.toFixed(0)}, files ${files.toFixed(0)})`,
        );
      }, { CLASSIFIER_WORKERS: workers });
    }
  }
}
