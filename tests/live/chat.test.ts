import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { post, type Running, startRouter } from "../support/subject.ts";
import { chunks, eventOf, json, reply, sse, startUpstream, text, type Upstream, wait } from "../support/upstream.ts";

let upstream: Upstream;
let second: Upstream;
let router: Running;
const ENDPOINT = "/v1/chat/completions";
const hello = { model: "simple", messages: [{ role: "user", content: "Hello" }] };

before(async () => {
  upstream = await startUpstream();
  second = await startUpstream(json(reply("second here", "backup")));
  router = await startRouter({
    environment: {
      CUSTOM_BASE_URL: `${upstream.url}/v1`,
      CUSTOM_API_KEY: "up-secret",
      SIMPLE_PROVIDER: "custom",
      SIMPLE_MODEL: "small",
      MEDIUM_PROVIDER: "custom",
      MEDIUM_MODEL: "middle",
      MEDIUM_BASE_URL: `${second.url}/v1`,
      COMPLEX_PROVIDER: "custom",
      COMPLEX_MODEL: "large",
      COMPLEX_FALLBACKS: "medium",
      TIMEOUT: "2",
    },
  });
});
after(async () => {
  await router.stop();
  await upstream.close();
  await second.close();
});
beforeEach(() => {
  upstream.answer(json(reply("hi")));
  upstream.received.length = 0;
  second.received.length = 0;
});

const chat = (body: unknown, headers = {}) => post(router.url + ENDPOINT, body, headers);
const payloadsOf = (body: string) =>
  body.split("\n\n").filter((event) => event.startsWith("data: ")).map((event) => event.slice(6));

test("a tier by name is answered by its model, and the reply says so", async () => {
  const response = await chat(hello);
  assert.equal(response.status, 200);
  const { _virtusoul: account, ...body } = await response.json();
  assert.deepEqual(body, reply("hi"));
  const { latency_ms, attempts, ...rest } = account;
  assert.deepEqual(rest, {
    routed_to: "custom/small",
    tier: "simple",
    confidence: 1,
    flagged: false,
    reason: "direct",
  });
  assert.equal(typeof latency_ms, "number");
  assert.equal(attempts.length, 1);
  assert.deepEqual({ target: attempts[0].target, status: attempts[0].status }, { target: "custom/small", status: 200 });
  assert.equal(response.headers.get("x-virtusoul-tier"), "simple");
  assert.equal(response.headers.get("x-virtusoul-model"), "custom/small");
  assert.equal(response.headers.get("x-virtusoul-confidence"), "1.000");
  assert.equal(response.headers.get("x-virtusoul-reason"), "direct");
  assert.equal(response.headers.get("x-virtusoul-attempts"), "1");
  assert.match(response.headers.get("x-virtusoul-latency-ms") ?? "", /^\d+\.\d$/);
  assert.match(response.headers.get("x-request-id") ?? "", /^req_/);
});

test("the upstream gets the target's model and key, and nothing of the client's", async () => {
  await chat({ ...hello, seed: 7, unknown_field: { a: 1 } }, {
    authorization: "Bearer client",
    cookie: "a=b",
    origin: "http://x",
    traceparent: "00-1-2-01",
  });
  const [{ path, headers, body } = { path: "", headers: {}, body: {} }] = upstream.received;
  assert.equal(path, "/v1/chat/completions");
  assert.deepEqual(body, { ...hello, model: "small", seed: 7, unknown_field: { a: 1 } });
  assert.equal(headers.authorization, "Bearer up-secret");
  assert.equal(headers.cookie, undefined);
  assert.equal(headers.origin, undefined);
  assert.equal(headers.traceparent, "00-1-2-01");
  assert.match(String(headers["user-agent"]), /^virtusoul-router\//);
});

for (const model of ["virtusoul-v1", "auto"]) {
  test(`"${model}" is judged and routed`, async () => {
    const { _virtusoul: account } =
      await (await chat({ model, messages: [{ role: "user", content: "Explain how DNS works" }] })).json();
    assert.equal(account.tier, "medium");
    assert.equal(account.routed_to, "custom/middle");
  });
}

test("a tier that nobody configured is served by the second one", async () => {
  const { _virtusoul: account } = await (await chat({ ...hello, model: "reasoning" })).json();
  assert.deepEqual([account.tier, account.routed_to], ["reasoning", "custom/middle"]);
});

test("a clean stream is passed on byte for byte, but for the account in its first chunk", async () => {
  const payloads = chunks(["Hel", "lo ", "☀️"]);
  upstream.answer(sse(payloads));
  const response = await chat({ ...hello, stream: true });
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.equal(response.headers.get("x-virtusoul-tier"), "simple");
  const said = await response.text();
  const account = /,"_virtusoul":\{.*?\}\]\}/.exec(said)?.[0] ?? "";
  assert.equal(said.replace(account, ""), payloads.map(eventOf).join(""));
  assert.equal(JSON.parse(payloadsOf(said)[0] ?? "")._virtusoul.routed_to, "custom/small");
});

test("usage that only the router asked for is taken out, and shown to who asked", async () => {
  upstream.answer(sse(chunks(["a"], { usage: true })));
  const silent = payloadsOf(await (await chat({ ...hello, stream: true })).text());
  assert.equal(upstream.received[0]?.body.stream_options.include_usage, true);
  assert.ok(silent.every((payload) => !payload.includes('"usage"')));
  const asked = payloadsOf(
    await (await chat({ ...hello, stream: true, stream_options: { include_usage: true } })).text(),
  );
  assert.deepEqual(JSON.parse(asked.at(-2) ?? "").usage, { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 });
});

test("each event leaves at once", async () => {
  upstream.answer(sse(chunks(["a", "b", "c", "d"]), 150));
  const started = performance.now();
  const response = await chat({ ...hello, stream: true });
  const times: number[] = [];
  for await (const _ of response.body ?? []) times.push(performance.now() - started);
  assert.ok(times.length >= 5, `came in ${times.length} pieces`);
  assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) > 400);
});

test("a silence gets a keep-alive comment, and the stream goes on", { timeout: 30_000 }, async () => {
  const patient = await startRouter({
    environment: {
      CUSTOM_BASE_URL: `${upstream.url}/v1`,
      SIMPLE_PROVIDER: "custom",
      SIMPLE_MODEL: "small",
      TIMEOUT: "20",
    },
  });
  upstream.answer(async (response) => {
    const [first, ...rest] = chunks(["late"]);
    response.writeHead(200, { "content-type": "text/event-stream" }).write(eventOf(first));
    await wait(12_000);
    response.end(rest.map(eventOf).join(""));
  });
  const said = await (await post(patient.url + ENDPOINT, { ...hello, stream: true })).text();
  await patient.stop();
  assert.ok(said.includes(": keep-alive\n\n"));
  assert.equal(payloadsOf(said).at(-1), "[DONE]");
});

for (const stream of [true, false]) {
  test(`a client that leaves cancels the upstream at once (${stream ? "streamed" : "whole"})`, async () => {
    let open = true;
    upstream.answer(async (response) => {
      response.on("close", () => open = false);
      if (stream) response.writeHead(200, { "content-type": "text/event-stream" }).write(eventOf(chunks(["a"])[0]));
      await wait(5000);
    });
    const client = new AbortController();
    const asked = fetch(router.url + ENDPOINT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...hello, stream }),
      signal: client.signal,
    }).then((response) => response.text()).catch(() => {});
    while (upstream.received.length === 0) await wait(5);
    await wait(200);
    const left = performance.now();
    client.abort();
    await asked;
    while (open && performance.now() - left < 2000) await wait(5);
    assert.equal(open, false);
    assert.ok(performance.now() - left < 1000, `released after ${performance.now() - left} ms`);
  });
}

test("an upstream that breaks midway yields an error event and [DONE]", async () => {
  upstream.answer(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const payload of chunks(["a", "b"]).slice(0, 3)) response.write(eventOf(payload));
    await wait(50);
    response.destroy();
  });
  const payloads = payloadsOf(await (await chat({ ...hello, stream: true })).text());
  assert.equal(payloads.at(-1), "[DONE]");
  const { error } = JSON.parse(payloads.at(-2) ?? "");
  assert.ok(["upstream_interrupted", "upstream_stream_truncated"].includes(error.code), JSON.stringify(error));
});

test("a silence longer than TIMEOUT within a stream ends it with an error event", { timeout: 20_000 }, async () => {
  upstream.answer(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(eventOf(chunks(["a"])[0]));
    await wait(6000);
    response.destroy();
  });
  const payloads = payloadsOf(await (await chat({ ...hello, stream: true })).text());
  assert.equal(JSON.parse(payloads.at(-2) ?? "").error.code, "upstream_timeout");
  assert.equal(payloads.at(-1), "[DONE]");
});

for (const stream of [true, false]) {
  test(
    `an upstream that never answers is a 504 after TIMEOUT (${stream ? "streamed" : "whole"})`,
    { timeout: 20_000 },
    async () => {
      upstream.answer(() => wait(8000));
      const response = await chat({ ...hello, stream });
      assert.equal(response.status, 504);
      const { error } = await response.json();
      assert.deepEqual([error.type, error.code], ["upstream_error", "upstream_timeout"]);
      assert.equal(response.headers.get("x-virtusoul-attempts"), "1");
    },
  );
}

test("the first failure goes to the fallback, and the reply says what happened", async () => {
  upstream.answer(json({ error: { message: "busy" } }, 503));
  const { _virtusoul: account, model } = await (await chat({ ...hello, model: "complex" })).json();
  assert.equal(model, "backup");
  assert.equal(account.routed_to, "custom/middle");
  assert.equal(account.tier, "complex");
  assert.deepEqual(account.attempts.map(({ status }: { status: number }) => status), [503, 200]);
});

test("a first event that is an error goes to the fallback too", async () => {
  upstream.answer(sse([{ error: { message: "no capacity", code: 503 } }]));
  second.answer(sse(chunks(["from backup"])));
  const response = await chat({ ...hello, model: "complex", stream: true });
  second.answer(json(reply("second here", "backup")));
  assert.equal(response.headers.get("x-virtusoul-attempts"), "2");
  assert.ok((await response.text()).includes("from backup"));
});

test("an upstream's own error reaches the client with its status, message and retry-after", async () => {
  upstream.answer(
    json({ error: { message: "slow down", type: "rate_limit_error", param: null, code: "rate_limit_exceeded" } }, 429, {
      "retry-after": "70",
    }),
  );
  const response = await chat(hello);
  assert.equal(response.status, 429);
  assert.equal(response.headers.get("retry-after"), "70");
  assert.equal(response.headers.get("x-should-retry"), "false");
  assert.deepEqual((await response.json()).error, {
    message: "slow down",
    type: "rate_limit_error",
    param: null,
    code: "rate_limit_exceeded",
  });
});

test("a web page instead of an error is not passed on", async () => {
  upstream.answer(text("<html><body>nginx secret</body></html>", 502));
  const response = await chat(hello);
  assert.equal(response.status, 502);
  const body = await response.text();
  assert.ok(!body.includes("nginx") && !body.includes("<"));
});

test("a redirect to another host is not followed, and our key does not go there", async () => {
  upstream.answer((response) => void response.writeHead(307, { location: `${second.url}/v1/chat/completions` }).end());
  const response = await chat(hello);
  assert.equal(response.status, 502);
  assert.equal((await response.json()).error.code, "upstream_invalid");
  assert.equal(second.received.length, 0);
});

test("a stream that the upstream answers whole is still a stream", async () => {
  upstream.answer(json(reply("all at once")));
  const payloads = payloadsOf(await (await chat({ ...hello, stream: true })).text());
  assert.equal(payloads.at(-1), "[DONE]");
  assert.ok(payloads.some((payload) => payload.includes("all at once")));
});

const BAD: [string, unknown, number, string, string | null][] = [
  ["no messages", { model: "simple" }, 400, "invalid_value", "messages"],
  ["empty messages", { model: "simple", messages: [] }, 400, "invalid_value", "messages"],
  ["messages that are no list", { model: "simple", messages: "hi" }, 400, "invalid_value", "messages"],
  ["a message that is no object", { model: "simple", messages: ["hi"] }, 400, "invalid_value", "messages[0]"],
  [
    "an unknown role",
    { model: "simple", messages: [{ role: "robot", content: "x" }] },
    400,
    "invalid_value",
    "messages[0].role",
  ],
  [
    "a wrong content",
    { model: "simple", messages: [{ role: "user", content: 5 }] },
    400,
    "invalid_value",
    "messages[0].content",
  ],
  [
    "a wrong part",
    { model: "simple", messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] },
    400,
    "invalid_value",
    "messages[0].content[0].text",
  ],
  ["no model", { messages: hello.messages }, 400, "invalid_value", "model"],
  ["an unknown model", { ...hello, model: "gpt-99" }, 400, "model_not_found", "model"],
  ["a wrong stream", { ...hello, stream: "yes" }, 400, "invalid_value", "stream"],
  ["a wrong limit", { ...hello, max_tokens: -1 }, 400, "invalid_value", "max_tokens"],
  ["a list", [], 400, "invalid_value", null],
];
for (const [name, body, status, code, param] of BAD) {
  test(`bad input is refused with its field named: ${name}`, async () => {
    const response = await chat(body);
    assert.equal(response.status, status);
    const { error } = await response.json();
    assert.deepEqual([error.code, error.param, error.type], [code, param, "invalid_request_error"]);
    assert.equal(upstream.received.length, 0);
  });
}

test("an unknown model's error lists the names that are known", async () => {
  const { error } = await (await chat({ ...hello, model: "gpt-99" })).json();
  for (const name of ["virtusoul-v1", "auto", "simple", "medium", "complex", "reasoning"]) {
    assert.ok(error.message.includes(name));
  }
});

for (
  const [name, init, status, code] of [
    ["broken JSON", { body: '{"model":' }, 400, "invalid_json"],
    ["an empty body", { body: "" }, 400, "invalid_json"],
    [
      "another type",
      { body: "model=simple", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "unsupported_media_type",
    ],
    ["another method", { method: "GET", body: undefined }, 405, "method_not_allowed"],
    ["a body too large", { body: `{"x":"${"y".repeat(33_000_000)}"}` }, 413, "request_too_large"],
  ] as const
) {
  test(`bad requests are refused in OpenAI's shape: ${name}`, async () => {
    const response = await fetch(router.url + ENDPOINT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      ...init,
    });
    assert.equal(response.status, status);
    const { error } = await response.json();
    assert.equal(error.code, code);
    assert.deepEqual(Object.keys(error).sort(), ["code", "message", "param", "type"]);
    assert.match(response.headers.get("x-request-id") ?? "", /^req_/);
  });
}

test("10,000 messages are answered", async () => {
  const messages = Array.from(
    { length: 10_000 },
    (_, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content: `message ${at}` }),
  );
  const response = await chat({ model: "auto", messages });
  assert.equal(response.status, 200);
  await response.body?.cancel();
});

test("a path that does not exist is a 404 in OpenAI's shape", async () => {
  const response = await fetch(`${router.url}/v1/nothing`);
  assert.equal(response.status, 404);
  assert.equal((await response.json()).error.code, "not_found");
});

test("models are listed, found and not found", async () => {
  const { object, data } = await (await fetch(`${router.url}/v1/models`)).json();
  assert.equal(object, "list");
  assert.deepEqual(data.map(({ id }: { id: string }) => id), [
    "virtusoul-v1",
    "auto",
    "simple",
    "medium",
    "complex",
    "reasoning",
  ]);
  assert.equal((await (await fetch(`${router.url}/v1/models/medium`)).json()).id, "medium");
  const missing = await fetch(`${router.url}/v1/models/gpt-99`);
  assert.equal(missing.status, 404);
  assert.equal((await missing.json()).error.code, "not_found");
});

test("health says who serves what, and names no key", async () => {
  const text = await (await fetch(`${router.url}/health`)).text();
  const health = JSON.parse(text);
  assert.ok(["ok", "starting"].includes(health.status));
  assert.deepEqual(health.tiers.simple, { provider: "custom", model: "small", configured: true });
  assert.deepEqual(health.tiers.reasoning, { provider: "custom", model: "middle", configured: false });
  assert.ok(["closed", "open"].includes(health.targets["custom/small"]));
  assert.ok(!text.includes("up-secret"));
});

test("keys and prompts are in no log", () => {
  assert.ok(!router.stderr().includes("up-secret"));
  assert.ok(!router.stderr().includes("Hello"));
});
