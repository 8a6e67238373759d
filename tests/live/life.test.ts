import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { clockShim } from "../support/clock.ts";
import { said } from "../support/said.ts";
import { post, programCommand, type Running, startRouter } from "../support/subject.ts";
import { chunks, heldSse, startUpstream, wait } from "../support/upstream.ts";

const room = mkdtempSync(join(tmpdir(), "life-"));
after(() => rmSync(room, { recursive: true, force: true }));

const chat = (router: Running, body: Record<string, unknown> = {}) =>
  post(`${router.url}/v1/chat/completions`, {
    model: "simple",
    messages: [{ role: "user", content: "x" }],
    ...body,
  });

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let look = 0; look < 500 && !holds(); look++) await wait(20);
  assert.ok(holds(), what);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal}: what runs may finish, what comes hears why it is refused, then the exit code is 0`, async () => {
    const go = Promise.withResolvers<void>();
    const upstream = await startUpstream(heldSse(chunks(["made it"]), go.promise));
    const router = await startRouter({
      environment: { SIMPLE_PROVIDER: "custom", SIMPLE_MODEL: "m", CUSTOM_BASE_URL: upstream.url },
    });
    const streaming = await chat(router, { stream: true });
    const ended = router.stop(signal);
    await wait(300);
    const refused = await chat(router);
    assert.equal(refused.status, 503);
    assert.ok(refused.headers.has("retry-after"));
    const { error } = await refused.json();
    assert.equal(error.code, "draining");
    assert.equal(error.type, "server_error");
    const ready = await fetch(`${router.url}/ready`);
    assert.equal(ready.status, 503);
    await ready.body?.cancel();
    const live = await fetch(`${router.url}/live`);
    assert.equal(live.status, 200);
    await live.body?.cancel();
    go.resolve();
    const text = await streaming.text();
    assert.ok(text.includes("made it") && text.endsWith("data: [DONE]\n\n"));
    assert.equal(await ended, 0);
    await upstream.close();
  });
}

test("what is not over after DRAIN_SECONDS is cut, and the exit code is 0 all the same", async () => {
  const upstream = await startUpstream(heldSse(chunks(["never"]), new Promise(() => {})));
  const router = await startRouter({
    environment: { SIMPLE_PROVIDER: "custom", SIMPLE_MODEL: "m", CUSTOM_BASE_URL: upstream.url, DRAIN_SECONDS: "0.5" },
  });
  const streaming = await chat(router, { stream: true });
  const began = performance.now();
  assert.equal(await router.stop("SIGTERM"), 0);
  const took = performance.now() - began;
  assert.ok(took > 400 && took < 5000, `${took} ms`);
  await streaming.text().catch(() => {});
  await upstream.close();
});

test("with nothing under way a stop is immediate, an idle connection notwithstanding", async () => {
  const router = await startRouter();
  await (await chat(router)).text();
  const began = performance.now();
  assert.equal(await router.stop("SIGTERM"), 0);
  assert.ok(performance.now() - began < 5000);
});

test("a full disk: feedback says so, the log warns, and serving goes on", async () => {
  const data = join(room, "full");
  mkdirSync(join(data, "examples"), { recursive: true });
  symlinkSync("/dev/full", join(data, "examples", "feedback.jsonl"));
  symlinkSync("/dev/full", join(data, "decisions.jsonl"));
  const environment = { DATA_DIR: data, FEEDBACK: "on", DECISION_LOG: "decisions.jsonl" };
  const router = await startRouter({ environment });
  const kept = await post(`${router.url}/feedback`, { text: "a prompt nobody may see", tier: "simple" });
  assert.equal(kept.status, 500);
  const { error } = await kept.json();
  assert.match(error.message, /disk is full/);
  for (let request = 0; request < 3; request++) assert.equal((await chat(router)).status, 200);
  await until("no warning", () => /disk is full[^]*ENOSPC|ENOSPC[^]*disk is full/.test(router.stderr()));
  assert.ok(router.stderr().includes('"level":"WARNING"') && !router.stderr().includes("nobody may see"));
  await router.stop();
});

test("a data folder that cannot be written to: the log warns at start, and all but keeping goes on", async () => {
  const data = join(room, "a-file");
  writeFileSync(data, "");
  const router = await startRouter({ environment: { DATA_DIR: data, FEEDBACK: "on" } });
  await until("no warning", () => router.stderr().includes("DATA_DIR cannot be written to"));
  assert.equal((await chat(router, { model: "auto" })).status, 200);
  const kept = await post(`${router.url}/feedback`, { text: "x", tier: "simple" });
  assert.match((await kept.json()).error.message, /not a folder/);
  assert.equal((await fetch(`${router.url}/health`)).status, 200);
  assert.equal(await router.stop("SIGTERM"), 0);
});

test("a log that nobody reads, or whose disk is full, does not end the router", async () => {
  for (const kind of ["full", "closed"]) {
    const port = await freePort();
    const output = kind === "full" ? openSync("/dev/full", "w") : "pipe";
    const [command = "", ...args] = programCommand();
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(command, [...args, "serve"], {
      cwd: room,
      env: { PATH, HOME, HOST: "127.0.0.1", PORT: String(port), LOG_LEVEL: "DEBUG" },
      stdio: ["ignore", output, output],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdout?.destroy();
    child.stderr?.destroy();
    const router = { url: `http://127.0.0.1:${port}` } as Running;
    let up = false;
    for (let look = 0; look < 500 && !up; look++) {
      await wait(20);
      up = await fetch(`${router.url}/live`).then(({ ok }) => ok, () => false);
    }
    for (let request = 0; request < 5; request++) assert.equal((await chat(router)).status, 200, kind);
    child.kill("SIGTERM");
    assert.equal(await ended, 0, kind);
  }
});

const shim = clockShim(room);
test(
  `a clock that jumps back and far ahead: conversations, breaker and answers go on, with a warning${
    shim.missing === undefined ? "" : ` (${shim.missing})`
  }`,
  { skip: shim.missing !== undefined },
  async () => {
    const upstream = await startUpstream((response) => void response.writeHead(500).end("{}"));
    const router = await startRouter({
      environment: {
        ...shim.environment,
        SESSION_LOWER: "never",
        SESSION_TTL: "600",
        COMPLEX_PROVIDER: "custom",
        COMPLEX_MODEL: "down",
        COMPLEX_FALLBACKS: "echo/echo",
        CUSTOM_BASE_URL: upstream.url,
      },
    });
    const tierOf = async (content: string) => {
      const messages = [{ role: "user", content }];
      const response = await post(`${router.url}/v1/chat/completions`, { model: "auto", messages }, {
        "x-session-id": "s",
      });
      const { created, _virtusoul: { tier } } = await response.json();
      return { created, tier };
    };
    const breaker = async () => (await (await fetch(`${router.url}/health`)).json()).targets["custom/down"];
    const { tier, created } = await tierOf("Prove the halting problem is undecidable");
    assert.equal(tier, "reasoning");
    for (let failure = 0; failure < 5; failure++) assert.equal((await chat(router, { model: "complex" })).status, 200);
    assert.equal(await breaker(), "open");
    for (const seconds of [-400_000_000, 400_000_000]) {
      shim.jump(seconds);
      const now = await tierOf("Hello");
      assert.equal(now.tier, "reasoning");
      assert.ok(Math.abs(now.created - created - seconds) < 60, "the clock did not jump");
      assert.equal(await breaker(), "open");
      assert.equal((await chat(router, { stream: true })).status, 200);
    }
    assert.equal((await said(router.stderr, /clock jumped[^]*clock jumped/)).split("clock jumped").length - 1, 2);
    assert.equal(await router.stop("SIGTERM"), 0);
    await upstream.close();
  },
);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
