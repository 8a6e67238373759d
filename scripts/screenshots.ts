// The README's pictures of the dashboard: `bun scripts/screenshots.ts` (needs chromium). A router whose tiers the echo serves,
// with prices, gets an afternoon of mixed traffic; .github/ gets the pictures.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { createChance } from "../tests/support/chance.ts";
import { NO_CHROMIUM, openPage, startChromium } from "../tests/support/chromium.ts";
import { post, type Running, startRouter } from "../tests/support/subject.ts";
import { chunks, eventOf, reply, startUpstream, wait } from "../tests/support/upstream.ts";

const FOLDER = ".github";
const REQUESTS = 420;
/** So long the traffic lasts: charts need a while to show. */
const LASTS_MS = 150_000;
const MODELS: Record<string, string> = {
  simple: "gpt-5-nano",
  medium: "claude-haiku-4-5",
  complex: "claude-sonnet-4-5",
  reasoning: "claude-opus-4-5",
};

if (NO_CHROMIUM) {
  console.error(`Cannot take pictures: ${NO_CHROMIUM}`);
  process.exit(1);
}
const upstream = await startUpstream(async (response, { body }) => {
  const tier = Object.keys(MODELS).find((name) => MODELS[name] === body.model) ?? "simple";
  const slow = 1 + Object.keys(MODELS).indexOf(tier);
  await wait(slow * (20 + 60 * Math.random()));
  if (Math.random() < 0.03) return void response.writeHead(503).end("{}");
  const usage = {
    prompt_tokens: Math.round(200 * slow * Math.random()) + 40,
    completion_tokens: Math.round(300 * slow),
  };
  const counted = { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens };
  if (!body.stream) {
    const whole = { ...reply("Here you are.", body.model), usage: counted };
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const payload of chunks(["Here", " you", " are."], { usage: true, model: body.model })) {
    response.write(eventOf(payload));
    await wait(10 * slow);
  }
  response.end();
});
const router = await startRouter({
  environment: {
    CUSTOM_BASE_URL: upstream.url,
    FEEDBACK: "on",
    ...Object.fromEntries(
      Object.entries(MODELS).flatMap(([tier, model]) => [
        [`${tier.toUpperCase()}_PROVIDER`, "custom"],
        [`${tier.toUpperCase()}_MODEL`, model],
      ]),
    ),
    MEDIUM_FALLBACKS: "echo/in-reserve",
    SIMPLE_PRICE: "0.05,0.4",
    MEDIUM_PRICE: "1,5",
    COMPLEX_PRICE: "3,15",
    REASONING_PRICE: "5,25",
  },
});
await traffic(router);
const browser = await startChromium();
mkdirSync(FOLDER, { recursive: true });
for (const theme of ["light", "dark"] as const) {
  await picture(`dashboard-${theme}`, { theme, width: 1280, height: 860 }, "overview");
  await picture(`explain-${theme}`, { theme, width: 1280, height: 800 }, "explain");
}
await picture("dashboard-phone", { theme: "dark", width: 390, height: 844 }, "overview");
await browser.close();
await router.stop();
await upstream.close();

/** Prompts as they come, more of the easy ones. */
async function traffic({ url }: Running): Promise<void> {
  const chance = createChance(11);
  const rows: { text: string; tier: string }[] = readFileSync("training/eval.jsonl", "utf8").split("\n").filter((
    line,
  ) => line !== "").map((line) => JSON.parse(line));
  const weight: Record<string, number> = { simple: 0.95, medium: 0.8, complex: 0.25, reasoning: 0.25 };
  for (let sent = 0; sent < REQUESTS;) {
    const { text, tier } = rows[Math.floor(chance() * rows.length)] ?? { text: "Hello", tier: "simple" };
    if (chance() > (weight[tier] ?? 0)) continue;
    sent++;
    const body = { model: "auto", stream: chance() < 0.5, messages: [{ role: "user", content: text }] };
    void post(`${url}/v1/chat/completions`, body).then((response) => response.text());
    await wait(LASTS_MS / REQUESTS * 2 * chance());
  }
  await wait(2000);
}

async function picture(name: string, look: Parameters<typeof openPage>[2], view: string): Promise<void> {
  const { page, close } = await openPage(browser, `${router.url}/dashboard#${view}`, look);
  await page.getByRole("status").getByText("live").waitFor();
  if (view === "explain") {
    await page.getByLabel("Prompt", { exact: true }).fill("Prove that the sum of two odd numbers is even");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("The most similar examples").waitFor();
  }
  await wait(500);
  const path = `${FOLDER}/${name}.png`;
  writeFileSync(path, await page.screenshot());
  console.log(path);
  await close();
}
