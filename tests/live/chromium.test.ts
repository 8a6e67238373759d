/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessibilityFaults, NO_CHROMIUM, type Opened, openPage, startChromium } from "../support/chromium.ts";
import { post, type Running, startRouter } from "../support/subject.ts";
import { until } from "../support/until.ts";

const skip = NO_CHROMIUM;
const KEY = "key-of-the-owner";
const VIEWS = ["Overview", "Requests", "Explain", "Teach"];
let router: Running;
let browser: Browser;
before(async () => {
  if (skip) return;
  router = await startRouter({
    environment: {
      API_KEY: KEY,
      FEEDBACK: "on",
      SIMPLE_PROVIDER: "echo",
      SIMPLE_MODEL: "small",
      SIMPLE_PRICE: "0.1,0.4",
      REASONING_PROVIDER: "echo",
      REASONING_MODEL: "large",
      REASONING_PRICE: "10,40",
      // Nobody listens there: this tier falls back.
      MEDIUM_PROVIDER: "custom",
      MEDIUM_MODEL: "absent",
      MEDIUM_FALLBACKS: "echo/instead",
      CUSTOM_BASE_URL: "http://127.0.0.1:9/v1",
    },
  });
  browser = await startChromium();
  for (const prompt of ["Hello", "Explain how tides work", "Prove that there are infinitely many primes"]) {
    await ask(prompt);
  }
});
after(async () => {
  await browser?.close();
  await router?.stop();
});

const ask = async (content: string) => {
  const headers = { authorization: `Bearer ${KEY}` };
  const response = await post(
    `${router.url}/v1/chat/completions`,
    { model: "auto", messages: [{ role: "user", content }] },
    headers,
  );
  await response.text();
  return response.headers.get("x-request-id") ?? "";
};

/** The dashboard, its key given. Complains of whatever the page complained of. */
async function withPage(look: Parameters<typeof openPage>[2], run: (page: Page) => Promise<void>): Promise<void> {
  const opened: Opened = await openPage(browser, `${router.url}/dashboard`, look);
  try {
    await opened.page.getByLabel("Key", { exact: true }).fill(KEY);
    await opened.page.getByRole("button", { name: "Open the dashboard" }).click();
    await opened.page.getByRole("navigation").waitFor();
    await run(opened.page);
    assert.deepEqual(opened.complaints, []);
  } finally {
    await opened.close();
  }
}

const goTo = async (page: Page, view: string) => {
  await page.getByRole("navigation").getByRole("link", { name: view }).click();
  await page.getByRole("heading", { level: 1, name: view, includeHidden: true }).waitFor({ state: "attached" });
};
const explained = async (page: Page, prompt: string) => {
  await page.getByLabel("Prompt", { exact: true }).fill(prompt);
  await page.getByRole("button", { name: "Explain", exact: true }).click();
  await page.getByRole("region", { name: "Judgement" }).waitFor();
};

test("it asks for the key, says when it is wrong, and works with the right one", { skip }, async () => {
  const { page, close } = await openPage(browser, `${router.url}/dashboard`);
  await page.getByLabel("Key", { exact: true }).fill("another");
  await page.getByRole("button", { name: "Open the dashboard" }).click();
  await page.getByText("The router does not know this key").waitFor();
  await page.getByLabel("Key", { exact: true }).fill(KEY);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").waitFor();
  await page.getByRole("button", { name: "Forget the key" }).click();
  await page.getByLabel("Key", { exact: true }).waitFor();
  await close();
});

test("a request just made appears by itself, with its details", { skip }, async () => {
  await withPage({}, async (page) => {
    await goTo(page, "Requests");
    const id = await ask("What is the boiling point of water?");
    const rows = page.getByRole("region", { name: "Table of requests" }).getByRole("row");
    await rows.nth(1).getByText("echo/small").waitFor();
    await rows.nth(1).getByRole("button").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(id).waitFor();
    await dialog.getByRole("button", { name: "medium", exact: true }).click();
    await dialog.getByText("Kept as medium, for the next retraining.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
});

test("the overview shows tiers, times, models, their breakers and what was saved", { skip }, async () => {
  await withPage({}, async (page) => {
    for (
      const card of ["Tier mix", "Routing time", "Upstream: first byte", "Errors and fallbacks", "Savings", "Models"]
    ) {
      await page.getByRole("region", { name: card, exact: true }).waitFor();
    }
    const models = page.getByRole("region", { name: "Models", exact: true });
    await models.getByRole("row", { name: /custom\/absent/ }).getByText(/well|held back|on trial/).waitFor();
    const savings = page.getByRole("region", { name: "Savings", exact: true });
    await savings.getByRole("row", { name: /As routed/ }).getByText("$").first().waitFor();
    // Painted: a canvas says nothing, its table does.
    const mix = page.getByRole("region", { name: "Tier mix", exact: true });
    await mix.getByText("Figures").click();
    await mix.getByRole("columnheader", { name: "reasoning" }).waitFor();
    assert.ok(await page.locator("canvas").count() >= 4);
  });
});

test("a prompt is explained, and taught", { skip }, async () => {
  await withPage({}, async (page) => {
    await goTo(page, "Explain");
    await explained(page, "Prove that the square root of two is irrational");
    const judgement = page.getByRole("region", { name: "Judgement" });
    await judgement.getByText("The most similar examples").waitFor();
    await judgement.getByRole("button", { name: "medium", exact: true }).click();
    await judgement.getByRole("link", { name: "Teach" }).click();
    const list = page.getByRole("list", { name: "New examples" });
    await list.getByText("Prove that the square root of two is irrational", { exact: true }).waitFor();
  });
});

test("a retraining shows its gate's report", { skip, timeout: 120_000 }, async () => {
  await withPage({}, async (page) => {
    page.setDefaultTimeout(90_000);
    await goTo(page, "Teach");
    const lines = ["simple", "medium", "complex", "reasoning"].flatMap((tier) =>
      ["one", "two", "three", "four", "five", "six"].map((word) => `${tier}: ${word} of the ${tier} kind`)
    );
    await page.getByLabel(/Prompts, one a line/).fill(lines.join("\n"));
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel("yours alone").check();
    await page.getByRole("button", { name: "Try it (dry run)" }).click();
    await page.getByText(/it would be (accepted|refused)/).waitFor();
    await page.getByRole("region", { name: "The gate's report" }).getByRole("table").waitFor();
  });
});

for (const theme of ["light", "dark"] as const) {
  test(`every view is accessible in the ${theme} theme`, { skip, timeout: 120_000 }, async () => {
    await withPage({ theme }, async (page) => {
      for (const view of VIEWS) {
        await goTo(page, view);
        if (view === "Explain") await explained(page, "Explain how tides work");
        assert.deepEqual(await accessibilityFaults(page), [], view);
      }
      await goTo(page, "Requests");
      await page.getByRole("region", { name: "Table of requests" }).getByRole("row").nth(1).getByRole("button").click();
      await page.getByRole("dialog").waitFor();
      assert.deepEqual(await accessibilityFaults(page), [], "details");
    });
    const { page, close } = await openPage(browser, `${router.url}/dashboard`, { theme });
    await page.getByLabel("Key", { exact: true }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), [], "sign in");
    await close();
  });
}

test("nothing is wider than a phone", { skip }, async () => {
  await withPage({ width: 390, height: 800 }, async (page) => {
    for (const view of VIEWS) {
      await goTo(page, view);
      if (view === "Explain") await explained(page, "Explain how tides work");
      const wide = await page.evaluate(() => {
        const { clientWidth, scrollWidth } = document.documentElement;
        return scrollWidth > clientWidth ? `${scrollWidth} of ${clientWidth}` : "";
      });
      assert.equal(wide, "", view);
    }
  });
});

test("whoever has no mouse sees where they are", { skip }, async () => {
  await withPage({}, async (page) => {
    for (const view of VIEWS) {
      await goTo(page, view);
      if (view === "Explain") await explained(page, "Explain how tides work");
      await page.locator("body").press("Tab");
      const unseen = new Set<string>();
      let reached = 0;
      for (; reached < 60; reached++) {
        const found = await page.evaluate(focused);
        if (found === "out") break;
        if (found.startsWith("unseen")) unseen.add(found);
        await page.keyboard.press("Tab");
      }
      assert.deepEqual([...unseen], [], view);
      assert.ok(reached > 5, view);
    }
  });
});

/** Runs in the page: what has the focus, and whether that shows. */
function focused(): string {
  const { activeElement } = document;
  if (!activeElement || activeElement === document.body) return "out";
  // A radio button is painted by what stands beside it.
  const painted = activeElement.matches(".segmented input") ? activeElement.nextElementSibling : activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(painted ?? activeElement);
  if (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) return "seen";
  return `unseen: ${activeElement.outerHTML.slice(0, 120)}`;
}

test("the chosen theme stays", { skip }, async () => {
  await withPage({ theme: "light" }, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole("radio", { name: "dark" }).check({ force: true });
    await until(async () => await ground() !== light);
    const dark = await ground();
    await page.reload();
    await page.getByRole("navigation").waitFor();
    assert.equal(await ground(), dark);
  });
});

test("it goes on by itself when the router was away", { skip, timeout: 120_000 }, async () => {
  const own = await startRouter({ environment: {} });
  const { page, close } = await openPage(browser, `${own.url}/dashboard`);
  page.setDefaultTimeout(60_000);
  await page.getByRole("status").getByText("live").waitFor();
  const { port } = new URL(own.url);
  await own.stop();
  await page.getByRole("status").getByText("Reconnecting").waitFor();
  const again = await startRouter({ environment: { PORT: port } });
  await page.getByRole("status").getByText("live").waitFor();
  await close();
  await again.stop();
});
