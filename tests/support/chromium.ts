import { spawnSync } from "node:child_process";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

const PROGRAM = ["chromium", "chromium-browser", "google-chrome"].find((name) =>
  spawnSync(name, ["--version"]).status === 0
);

/** Why tests with a browser are left out; false where there is one. */
export const NO_CHROMIUM: string | false = PROGRAM === undefined && "needs chromium";

export function startChromium(): Promise<Browser> {
  const path = spawnSync("sh", ["-c", `command -v ${PROGRAM}`], { encoding: "utf8" }).stdout.trim();
  // Its sandbox wants rights that a container does not give; it opens our own page alone.
  return chromium.launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

interface Look {
  theme?: "light" | "dark";
  /** CSS pixels. */
  width?: number;
  height?: number;
}

/** A page in a profile of its own, and what it complained of. */
export interface Opened {
  page: Page;
  /** Errors and warnings of its console, exceptions, and requests to anywhere but `origin`. */
  complaints: string[];
  close(): Promise<void>;
}

export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<Opened> {
  const { theme = "light", width = 1280, height = 900 } = look;
  const context = await browser.newContext({
    colorScheme: theme,
    reducedMotion: "reduce",
    viewport: { width, height },
    // Scripts of axe must run in a page that allows its own alone.
    bypassCSP: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol.startsWith("http") && asked.origin !== origin) complaints.push(`it asked ${asked.origin}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** What axe finds wrong with the page as it is now: rule, element, and why. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const world = globalThis as unknown as { axe: typeof axe; document: axe.ElementContext };
    return (await world.axe.run(world.document)).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary?.replace(/\s+/g, " ")}`)
  );
}
