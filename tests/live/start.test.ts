import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { said } from "../support/said.ts";
import { post, runProgram, startRouter } from "../support/subject.ts";
import { eventOf, startUpstream, wait } from "../support/upstream.ts";

test("with nothing configured it is the demonstration, and says how to configure it", async () => {
  const router = await startRouter();
  const words = ["VirtuSoul Router", "virtusoul-v1", "echo/echo", "demonstration", "SIMPLE_PROVIDER", "not required"];
  await said(router.stdout, ...words);
  const { _virtusoul: account, choices } = await (await post(`${router.url}/v1/chat/completions`, {
    model: "auto",
    messages: [{ role: "user", content: "Hello" }],
  })).json();
  assert.equal(account.routed_to, "echo/echo");
  assert.match(choices[0].message.content, /Hello.*simple/s);
  assert.equal(existsSync(`${router.folder}/data`), false);
  assert.equal(await router.stop("SIGTERM"), 0);
});

test("echo streams word by word, with usage for who asked", async () => {
  const router = await startRouter();
  const body = {
    model: "medium",
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "one two" }],
  };
  const text = await (await post(`${router.url}/v1/chat/completions`, body)).text();
  await router.stop();
  const payloads = text.split("\n\n").filter((event) => event !== "").map((event) => event.slice(6));
  assert.equal(payloads.at(-1), "[DONE]");
  assert.equal(JSON.parse(payloads.at(-2) ?? "").usage.prompt_tokens, 2);
  assert.ok(payloads.length > 15);
});

test("settings come from .env in the start folder, quotes are taken off, and the environment wins", async () => {
  const dotenv =
    "MODEL_NAME=\"from-file\"\nAPI_KEY='k1,k2'\nSIMPLE_PROVIDER=echo\nSIMPLE_MODEL=mirror # a remark\nLOG_LEVEL=\n";
  const router = await startRouter({ dotenv, environment: { MODEL_NAME: "from-environment" } });
  const banner = await said(router.stdout, "from-environment", "echo/mirror", "required (2 known)");
  assert.ok(!banner.includes("k1"));
  await router.stop();
});

test("all complaints come at once, each with its variable and the way out, and no key is shown", async () => {
  const environment = {
    PORT: "http",
    TIMEOUT: "soon",
    LOG_LEVEL: "loud",
    SIMPLE_PROVIDER: "openai",
    MEDIUM_MODEL: "x",
    COMPLEX_PROVIDER: "nobody",
    COMPLEX_MODEL: "y",
    REASONING_PROVIDER: "groq",
    REASONING_MODEL: "z",
    REASONING_FALLBACKS: "nonsense",
    GROQ_BASE_URL: "ftp://secret-user:secret-password@host/",
    REASONING_HEADERS: "secret-header",
  };
  const { code, stdout, stderr } = await runProgram(["serve"], { environment });
  assert.equal(code, 2);
  for (
    const name of [
      "PORT",
      "TIMEOUT",
      "LOG_LEVEL",
      "SIMPLE_MODEL",
      "MEDIUM_PROVIDER",
      "COMPLEX_PROVIDER",
      "REASONING_HEADERS",
      "GROQ_API_KEY",
    ]
  ) {
    assert.ok(stderr.includes(name), `no complaint about ${name}:\n${stderr}`);
  }
  assert.ok(stderr.includes('"http"') && stderr.includes("a whole number from 0 to 65535"));
  assert.ok(!/secret-/.test(stdout + stderr));
});

test("a tier without its key names both variables", async () => {
  const { code, stderr } = await runProgram(["serve"], {
    environment: { SIMPLE_PROVIDER: "openai", SIMPLE_MODEL: "gpt-4o" },
  });
  assert.equal(code, 2);
  assert.ok(stderr.includes("SIMPLE_API_KEY") && stderr.includes("OPENAI_API_KEY"));
});

test("with keys set, everything but health, live and ready needs one of them", async () => {
  const router = await startRouter({ environment: { API_KEY: "first, second" } });
  const status = async (path: string, authorization?: string) => {
    const response = await fetch(router.url + path, authorization === undefined ? {} : { headers: { authorization } });
    const body = await response.text();
    if (response.status === 401) assert.equal(JSON.parse(body).error.code, "invalid_api_key");
    return response.status;
  };
  for (const path of ["/health", "/live"]) assert.equal(await status(path), 200, path);
  for (const path of ["/", "/v1/models", "/nothing"]) assert.equal(await status(path), 401, path);
  for (const wrong of ["Bearer wrong", "Bearer firs", "Bearer first2", "first", "Basic first", "Bearer "]) {
    assert.equal(await status("/v1/models", wrong), 401, wrong);
  }
  for (const right of ["Bearer first", "bearer second", "Bearer  first"]) {
    assert.equal(await status("/v1/models", right), 200, right);
  }
  const options = await fetch(`${router.url}/v1/models`, { method: "OPTIONS" });
  assert.equal(options.status, 204);
  await router.stop();
});

test("browsers of a named origin may call, others may not", async () => {
  const router = await startRouter({ environment: { CORS_ORIGIN: "https://app.example", API_KEY: "k" } });
  const preflight = (origin: string) =>
    fetch(`${router.url}/v1/chat/completions`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
  const allowed = await preflight("https://app.example");
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://app.example");
  assert.equal((await preflight("https://evil.example")).headers.get("access-control-allow-origin"), null);
  await router.stop();
});

test("a stop lets a stream finish, refuses new work, and exits with 0", { timeout: 30_000 }, async () => {
  const upstream = await startUpstream(async (response) => {
    const chunk = (delta: unknown, finish_reason: string | null = null) => {
      return {
        id: "c",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      };
    };
    response.writeHead(200, { "content-type": "text/event-stream" }).write(
      eventOf(chunk({ role: "assistant", content: "", refusal: null })),
    );
    await wait(1500);
    response.end([chunk({ content: "made it" }), chunk({}, "stop"), "[DONE]"].map(eventOf).join(""));
  });
  const router = await startRouter({
    environment: { SIMPLE_PROVIDER: "custom", SIMPLE_MODEL: "m", CUSTOM_BASE_URL: upstream.url },
  });
  const response = await post(`${router.url}/v1/chat/completions`, {
    model: "simple",
    stream: true,
    messages: [{ role: "user", content: "x" }],
  });
  const ended = router.stop("SIGTERM");
  const text = await response.text();
  assert.ok(text.includes("made it") && text.endsWith("data: [DONE]\n\n"));
  assert.equal(await ended, 0);
  await upstream.close();
});

test("version and help are printed, and wrong use is exit code 2", async () => {
  const version = await runProgram(["--version"]);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(version.code, 0);
  const help = await runProgram(["--help"]);
  for (const command of ["serve", "classify", "eval", "health"]) assert.ok(help.stdout.includes(command));
  assert.equal(help.code, 0);
  assert.equal((await runProgram(["dance"])).code, 2);
  assert.equal((await runProgram(["classify", "a", "--file", "b"])).code, 2);
});

test("classify reads an argument, a file or standard input", async () => {
  const { stdout } = await runProgram(["classify", "Hello", "--json"]);
  assert.equal(JSON.parse(stdout).tier, "simple");
  const piped = await runProgram(["classify"], { stdin: "Prove sqrt(2) is irrational" });
  assert.match(piped.stdout, /^reasoning/);
  const missing = await runProgram(["classify", "-f", "none.txt"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /none\.txt/);
});

test("health asks the running router, and its answer is the exit code", async () => {
  const router = await startRouter();
  const PORT = new URL(router.url).port;
  const alive = await runProgram(["health"], { environment: { HOST: "127.0.0.1", PORT } });
  assert.equal(alive.code, 0);
  await router.stop();
  const gone = await runProgram(["health"], { environment: { HOST: "127.0.0.1", PORT } });
  assert.equal(gone.code, 1);
  assert.match(gone.stdout, /unreachable/);
});

test("a port in use is said in one line", async () => {
  const router = await startRouter();
  const { code, stderr } = await runProgram(["serve"], {
    environment: { HOST: "127.0.0.1", PORT: new URL(router.url).port },
  });
  await router.stop();
  assert.equal(code, 1);
  assert.match(stderr, /PORT/);
  assert.equal(stderr.trim().split("\n").length, 1);
});

test("eval measures labelled prompts", async () => {
  const rows = [{ text: "Hello", tier: "simple" }, { text: "Prove sqrt(2) is irrational", tier: "reasoning" }, {
    text: "Hello there",
    tier: "complex",
  }];
  const { stdout, code } = await runProgram(["eval", ".env", "--json"], {
    dotenv: rows.map((row) => JSON.stringify(row)).join("\n"),
  });
  assert.equal(code, 0);
  const report = JSON.parse(stdout);
  assert.equal(report.samples, 3);
  assert.ok(Math.abs(report.accuracy - 2 / 3) < 1e-9);
  assert.equal(report.confusion.complex.simple, 1);
});

test("eval without a file measures on the set that the program carries, in any folder", async () => {
  const { stdout, stderr, code } = await runProgram(["eval", "--json"]);
  assert.equal(code, 0, stderr);
  const { accuracy, answeredByStatic } = JSON.parse(stdout);
  assert.ok(accuracy > 0.8 && answeredByStatic < 1);
});

test("bench measures a router of its own, whose tiers the echo serves", async () => {
  // The owner's model is not asked: there is none at that address.
  const dotenv = "SIMPLE_PROVIDER=custom\nSIMPLE_MODEL=m\nCUSTOM_BASE_URL=http://127.0.0.1:9/v1\nAPI_KEY=k\n";
  const { stdout, stderr, code } = await runProgram(["bench", "--requests", "24", "--json"], { dotenv });
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  for (const kind of ["direct", "judged", "judged_again"]) {
    const { requests, failed, alone, reasons } = report[kind];
    assert.deepEqual([requests, failed], [24, 0]);
    assert.ok(alone.p50 > 0 && alone.p50 <= alone.p95 && alone.p95 <= alone.p99);
    assert.equal(Object.values<number>(reasons).reduce((sum, n) => sum + n, 0), 24);
  }
  assert.deepEqual(report.direct.reasons, { direct: 24 });
  for (const requests of ["0", "1.5", "many"]) {
    const { code, stderr } = await runProgram(["bench", "--requests", requests]);
    assert.equal(code, 2);
    assert.match(stderr, /--requests/);
  }
});
