import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { readLine } from "../../src/ledger/line.ts";
import { post, type Running, startRouter } from "../support/subject.ts";
import { chunks, eventOf, heldSse, json, reply, sse, startUpstream, type Upstream, wait } from "../support/upstream.ts";

let upstream: Upstream;
let second: Upstream;
let router: Running;
/** What must be in no output whatever. */
const PROMPT = "Xylophone zebras whisper about quantum marmalade";
const KEYS = ["up-secret-7731", "client-key-4242"];

before(async () => {
  upstream = await startUpstream();
  second = await startUpstream(json(reply("second here", "backup")));
  router = await startRouter({
    environment: {
      API_KEY: "client-key-4242",
      CUSTOM_BASE_URL: `${upstream.url}/v1`,
      CUSTOM_API_KEY: "up-secret-7731",
      SIMPLE_PROVIDER: "custom",
      SIMPLE_MODEL: "small",
      SIMPLE_PRICE: "1,2",
      MEDIUM_PROVIDER: "custom",
      MEDIUM_MODEL: "middle",
      MEDIUM_BASE_URL: `${second.url}/v1`,
      COMPLEX_PROVIDER: "custom",
      COMPLEX_MODEL: "large",
      COMPLEX_PRICE: "10,20",
      COMPLEX_FALLBACKS: "medium",
      REASONING_PROVIDER: "custom",
      REASONING_MODEL: "largest",
      REASONING_PRICE: "100,200",
      TIMEOUT: "2",
      DECISION_LOG: "decisions.jsonl",
    },
  });
});
after(async () => {
  await router.stop();
  await upstream.close();
  await second.close();
});
beforeEach(() => upstream.answer(json(reply("hi"))));

const authorization = `Bearer ${KEYS[1]}`;
const hello = { model: "simple", messages: [{ role: "user", content: PROMPT }] };
const chat = (body: unknown, init: { signal?: AbortSignal; headers?: Record<string, string> } = {}) =>
  fetch(`${router.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization, ...init.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    signal: init.signal ?? null,
  });
const look = async (path: string) => (await fetch(router.url + path, { headers: { authorization } })).text();
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");
const logged = () => linesOf(router.stderr()).map((line) => JSON.parse(line)).filter((one) => "id" in one);

/** The log line about the request with this answer. */
async function lineOf(response: Response) {
  const id = response.headers.get("x-request-id");
  for (let tries = 0; tries < 250; tries++) {
    const found = logged().filter((one) => one.id === id);
    if (found.length > 0) {
      assert.equal(found.length, 1, "one line a request");
      return found[0];
    }
    await wait(20);
  }
  throw new Error(`no line about ${id}:\n${router.stderr()}`);
}

test("a whole reply is one line, with model, times, tokens and cost", async () => {
  const response = await chat(hello);
  await response.text();
  const { time, client, session, routing_ms, first_byte_ms, total_ms, ...rest } = await lineOf(response);
  assert.deepEqual(rest, {
    level: "INFO",
    message: "Request",
    id: response.headers.get("x-request-id"),
    ...{
      tier: "simple",
      model: "custom/small",
      reason: "direct",
      confidence: 1,
      status: 200,
      stream: false,
      attempts: 1,
    },
    ...{ input_tokens: 3, cached_tokens: 0, output_tokens: 2, reasoning_tokens: 0, cost: 0.000007 },
  });
  assert.match(time, /^\d{4}-/);
  assert.match(client, /^key-[0-9a-f]{8}$/);
  assert.equal(session, undefined);
  for (const ms of [routing_ms, first_byte_ms, total_ms]) assert.ok(ms >= 0 && Math.round(ms * 10) === ms * 10);
  assert.ok(routing_ms <= first_byte_ms && first_byte_ms <= total_ms);
});

test("a stream is told of when it is over, with the usage that the client did not ask for", async () => {
  const go = Promise.withResolvers<void>();
  upstream.answer(heldSse(chunks(["a", "b"], { usage: true }), go.promise));
  const response = await chat({ ...hello, stream: true });
  await wait(150);
  assert.ok(!logged().some(({ id }) => id === response.headers.get("x-request-id")));
  go.resolve();
  await response.text();
  const line = await lineOf(response);
  assert.deepEqual([line.status, line.stream, line.input_tokens, line.output_tokens], [200, true, 3, 2]);
  assert.ok(line.total_ms > line.first_byte_ms + 100, JSON.stringify(line));
});

test("a stream that the client leaves is recorded as left", async () => {
  upstream.answer(sse(chunks(Array.from({ length: 200 }, () => "x")), 30));
  const leaving = new AbortController();
  const response = await chat({ ...hello, stream: true }, { signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  const line = await lineOf(response);
  assert.deepEqual([line.status, line.error, line.stream, line.cost], [499, "client_left", true, undefined]);
});

test("a client that leaves before there is an answer is recorded too", async () => {
  upstream.answer(() => {});
  const seen = logged().length;
  const leaving = new AbortController();
  const gone = chat(hello, { signal: leaving.signal }).catch(() => {});
  await wait(300);
  leaving.abort();
  await gone;
  for (let tries = 0; tries < 250 && logged().length === seen; tries++) await wait(20);
  const { status, error, model } = logged().at(-1);
  assert.deepEqual([status, error, model], [499, "client_left", "none"]);
});

test("a stream that breaks is recorded with what it broke by", async () => {
  upstream.answer(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const payload of chunks(["a", "b"]).slice(0, 2)) response.write(eventOf(payload));
    await wait(50);
    response.destroy();
  });
  const response = await chat({ ...hello, stream: true });
  const text = await response.text();
  assert.match(text, /"error"/);
  const line = await lineOf(response);
  assert.deepEqual([line.level, line.status, line.stream], ["WARNING", 502, true]);
  assert.match(line.error, /^upstream_/);
});

test("a failure is recorded with its status, and a fallback with all its calls", async () => {
  upstream.answer(json({ error: { message: "overloaded", type: "server_error", param: null, code: null } }, 503));
  const failed = await chat(hello);
  assert.equal(failed.status, 503);
  await failed.text();
  const line = await lineOf(failed);
  assert.deepEqual([line.status, line.model, line.attempts, line.level], [503, "custom/small", 1, "WARNING"]);
  const helped = await chat({ ...hello, model: "complex" });
  assert.equal(helped.status, 200);
  await helped.text();
  const second = await lineOf(helped);
  assert.deepEqual([second.tier, second.model, second.attempts], ["complex", "custom/middle", 2]);
  assert.equal(second.cost, undefined, "its price is not known");
});

test("what is refused is recorded, without a tier", async () => {
  for (const [body, code] of [['{"model":', "invalid_json"], [{ ...hello, model: "gpt-99" }, "model_not_found"]]) {
    const response = await chat(body);
    assert.equal(response.status, 400);
    await response.text();
    const line = await lineOf(response);
    assert.deepEqual([line.status, line.error, line.tier, line.model, line.attempts], [400, code, "none", "none", 0]);
  }
});

test("a dry run leaves no trace", async () => {
  const response = await chat(hello, { headers: { "x-virtusoul-dry-run": "1" } });
  await response.text();
  const after = await chat(hello);
  await after.text();
  await lineOf(after);
  assert.ok(!logged().some(({ id }) => id === response.headers.get("x-request-id")));
});

test("/metrics and /savings want the key", async () => {
  for (const path of ["/metrics", "/savings"]) {
    assert.equal((await fetch(router.url + path)).status, 401, path);
    assert.equal((await fetch(router.url + path, { headers: { authorization } })).status, 200, path);
  }
});

test("/metrics counts requests, tokens, cost, calls and judgements", async () => {
  const judged = await chat({ model: "auto", messages: [{ role: "user", content: "Hello" }] });
  await judged.text();
  await lineOf(judged);
  const page = await fetch(`${router.url}/metrics`, { headers: { authorization } });
  assert.match(page.headers.get("content-type") ?? "", /^text\/plain; ?version=0\.0\.4/);
  const text = await page.text();
  const value = (series: RegExp) => Number(linesOf(text).find((line) => series.test(line))?.split(" ").at(-1));
  assert.ok(
    value(/^virtusoul_requests_total\{tier="simple",model="custom\/small",status="200",reason="direct"\}/) >= 3,
  );
  assert.ok(value(/^virtusoul_requests_total\{tier="none",model="none",status="400",reason="none"\}/) === 2);
  assert.ok(value(/^virtusoul_requests_total\{tier="simple",model="custom\/small",status="499"/) === 1);
  assert.ok(value(/^virtusoul_attempts_total\{model="custom\/large",outcome="503"\}/) === 1);
  assert.ok(value(/^virtusoul_tokens_total\{model="custom\/small",kind="input"\}/) >= 9);
  assert.ok(value(/^virtusoul_cost_dollars_total\{tier="simple",model="custom\/small"\}/) >= 0.00002);
  assert.ok(value(/^virtusoul_uncosted_total\{model="custom\/middle"\}/) >= 1);
  assert.ok(value(/^virtusoul_judgements_total\{how="(static|cached)"\}/) >= 1);
  assert.ok(value(/^virtusoul_routing_seconds_bucket\{le="\+Inf",tier="simple"\}/) >= 3);
  assert.ok(value(/^virtusoul_first_byte_seconds_count/) >= 1);
  assert.ok(value(/^virtusoul_request_seconds_sum/) > 0);
  assert.equal(value(/^virtusoul_breaker_state\{model="custom\/small"\}/), 0);
  assert.equal(value(/^virtusoul_classifier_queue_depth/), 0);
  assert.ok(value(/^virtusoul_process_resident_memory_bytes/) > 20e6);
  assert.ok(value(/^virtusoul_process_cpu_seconds_total/) > 0.05);
});

test("/savings has four lines for the same traffic, and says what it left out", async () => {
  const { since, prices_as_of, total, days } = JSON.parse(await look("/savings"));
  assert.ok(Date.parse(since) <= Date.now());
  assert.match(prices_as_of, /^\d{4}-\d{2}$/);
  assert.ok(total.requests >= 3);
  assert.deepEqual(total.unpriced.models, ["custom/middle"]);
  assert.ok(total.uncounted >= 2, "the streams that ended early");
  assert.ok(total.retries >= 1);
  // All of it went to "simple", at a hundredth of the strongest tier's price.
  assert.equal(total.strongest.tier, "reasoning");
  assert.equal(total.strongest.cost, Number((total.actual.cost * 100).toFixed(8)));
  assert.equal(total.best_single.tier, "simple");
  assert.equal(total.random_mix.strongest_share, 0);
  assert.equal(total.saved_share, 0.99);
  assert.deepEqual(Object.values(days), [total]);
});

test("the decision log holds each decision, once it is over, in a form that replay reads", async () => {
  const first = await chat({ model: "auto", messages: [{ role: "user", content: PROMPT }] });
  await first.text();
  const { session } = await lineOf(first);
  assert.match(session, /^[0-9a-f]{16}$/);
  const path = `${router.folder}/data/decisions.jsonl`;
  const id = first.headers.get("x-request-id");
  const found = () => linesOf(readFileSync(path, "utf8")).map(readLine).find((one) => one.id === id);
  for (let tries = 0; tries < 100 && !found(); tries++) await wait(50);
  const line = found();
  assert.ok(line);
  assert.deepEqual(Object.keys(line.grounds.labels ?? {}), ["simple", "medium", "complex", "reasoning"]);
  assert.equal(line.session, session);
  assert.equal(line.tokens?.input, 3);
  assert.ok(linesOf(readFileSync(path, "utf8")).map(readLine).every(({ tier }) => tier !== "none"));
});

test("an upstream that says the prompt and the key back gets neither into any output", async () => {
  const echo = `${PROMPT} ${KEYS[0]}`;
  const failure = { error: { message: echo, type: echo, param: echo, code: `upstream_${echo}` } };
  for (const how of [json(failure, 400), json(failure, 500), json(failure), sse([failure])]) {
    upstream.answer(how);
    for (const stream of [false, true]) {
      const response = await chat({ ...hello, stream, user: PROMPT }, {
        headers: { "x-session-id": PROMPT, "x-virtusoul-tier-min": "simple" },
      });
      await response.text();
      await lineOf(response);
    }
  }
  const refused = await chat(hello, { headers: { "x-virtusoul-tier-max": PROMPT } });
  assert.equal(refused.status, 400);
  await refused.text();
  await lineOf(refused);
  await wait(800);
  const folder = `${router.folder}/data`;
  const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
  const outputs = [router.stdout(), router.stderr(), await look("/metrics"), await look("/savings"), ...files];
  for (const secret of [PROMPT, "marmalade", ...KEYS]) {
    assert.ok(outputs.every((text) => !text.includes(secret)), `"${secret}" is in an output`);
  }
  const outcomes = [...outputs[2]?.matchAll(/outcome="([^"]*)"/g) ?? []].map(([, outcome]) => outcome);
  assert.ok(outcomes.includes("upstream_error"));
  assert.ok(outcomes.every((outcome) => /^(\d{3}|upstream_[a-z_]+)$/.test(outcome ?? "")), outcomes.join());
});

test("a data folder that cannot be written warns once, and serving goes on", async () => {
  const lone = await startRouter({
    environment: { DATA_DIR: "taken", DECISION_LOG: "decisions.jsonl" },
    dotenv: "SIMPLE_PROVIDER=echo\nSIMPLE_MODEL=echo\n",
  });
  // A file where the folder should be: even root cannot write below it.
  writeFileSync(`${lone.folder}/taken`, "");
  const ask = async () => {
    const response = await post(`${lone.url}/v1/chat/completions`, { ...hello, model: "simple" });
    assert.equal(response.status, 200);
    await response.text();
  };
  const warnings = () => linesOf(lone.stderr()).filter((line) => line.includes("DECISION_LOG"));
  await ask();
  for (let tries = 0; tries < 100 && warnings().length === 0; tries++) await wait(50);
  await ask();
  await wait(1200);
  assert.equal(warnings().length, 1, lone.stderr());
  assert.equal(await lone.stop("SIGTERM"), 0);
});
