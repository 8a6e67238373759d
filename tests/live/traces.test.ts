import assert from "node:assert/strict";
import { test } from "node:test";
import { post, startRouter } from "../support/subject.ts";
import { until } from "../support/until.ts";
import { chunks, json, reply, sse, startUpstream } from "../support/upstream.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const BODY = { model: "simple", messages: [{ role: "user", content: "a secret word" }] };

// deno-lint-ignore no-explicit-any -- the collector's JSON
type Json = any;

/** A router, its collector and its upstreams. */
async function setUp(more: Record<string, string> = {}) {
  const collector = await startUpstream(json({ partialSuccess: {} }));
  const upstream = await startUpstream(json(reply("hi")));
  const failing = await startUpstream(json({ error: { message: "no" } }, 503));
  const router = await startRouter({
    environment: {
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_EXPORTER_OTLP_HEADERS: "x-team=a%20b" },
      ...{ SIMPLE_PROVIDER: "openai", SIMPLE_MODEL: "down", SIMPLE_BASE_URL: failing.url, OPENAI_API_KEY: "k" },
      ...{ SIMPLE_FALLBACKS: "custom/up", CUSTOM_BASE_URL: upstream.url },
      ...more,
    },
  });
  const spans = (): Json[] =>
    collector.received.flatMap(({ body }) => body.resourceSpans.flatMap((one: Json) => one.scopeSpans[0].spans));
  const close = async () => {
    await router.stop();
    await Promise.all([collector.close(), upstream.close(), failing.close()]);
  };
  return { collector, upstream, router, spans, close };
}

const attributesOf = (span: Json) =>
  Object.fromEntries(span.attributes.map(({ key, value }: Json) => [key, Object.values(value)[0]]));

test("a request is a span with routing and each attempt below, in the client's trace", async () => {
  const { collector, upstream, router, spans, close } = await setUp();
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "vendor=1" };
  await (await post(`${router.url}/v1/chat/completions`, BODY, headers)).text();
  await until(() => spans().length === 4);
  const [root, routing, failed, answered] = spans();
  assert.deepEqual([root.traceId, root.parentSpanId, root.kind], [TRACE, PARENT, 2]);
  for (const span of [routing, failed, answered]) {
    assert.deepEqual([span.traceId, span.parentSpanId], [TRACE, root.spanId]);
  }
  assert.deepEqual([routing.name, failed.name, answered.name], ["route", "chat down", "chat up"]);
  const sent = upstream.received[0]?.headers;
  assert.equal(sent?.traceparent, `00-${TRACE}-${root.spanId}-01`, "our span is the upstream's parent");
  assert.equal(sent?.tracestate, "vendor=1");
  const said = attributesOf(answered);
  assert.equal(said["gen_ai.operation.name"], "chat");
  assert.equal(said["gen_ai.provider.name"], "custom");
  assert.equal(said["gen_ai.request.model"], "up");
  assert.deepEqual([said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]], ["3", "2"]);
  assert.equal(attributesOf(failed)["error.type"], "503");
  assert.equal(failed.status.code, 2);
  assert.equal(attributesOf(root)["virtusoul.tier"], "simple");
  for (const { startTimeUnixNano, endTimeUnixNano } of spans()) {
    assert.match(startTimeUnixNano, /^\d{19}$/);
    assert.ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano));
  }
  const [batch] = collector.received;
  assert.equal(batch?.path, "/v1/traces");
  assert.equal(batch?.headers["x-team"], "a b");
  assert.ok(!JSON.stringify(collector.received).includes("secret"), "no prompt text");
  await close();
});

test("without a trace of the client one begins, streams have their tokens, and who does not want a trace has none", async () => {
  const { upstream, router, spans, close } = await setUp({
    SIMPLE_PROVIDER: "custom",
    SIMPLE_MODEL: "up",
    SIMPLE_BASE_URL: "",
  });
  upstream.answer(sse(chunks(["a"], { usage: true })));
  const ask = (traceparent: string) =>
    post(`${router.url}/v1/chat/completions`, { ...BODY, stream: true }, { traceparent });
  await (await ask(`00-${TRACE}-${PARENT}-00`)).text();
  assert.match(String(upstream.received[0]?.headers.traceparent), new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  await (await ask("00-nonsense")).text();
  await until(() => spans().length > 0);
  const [root] = spans();
  assert.match(root.traceId, /^[0-9a-f]{32}$/);
  assert.equal(root.parentSpanId, undefined);
  assert.equal(attributesOf(root)["gen_ai.usage.output_tokens"], "1");
  assert.equal(spans().filter(({ name }) => name === "route").length, 1);
  await close();
});

test("the standard's own switch puts the messages into the trace", async () => {
  const { router, spans, close } = await setUp({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true" });
  await (await post(`${router.url}/v1/chat/completions`, BODY)).text();
  await until(() => spans().length > 0);
  assert.match(attributesOf(spans()[0])["gen_ai.input.messages"], /a secret word/);
  await close();
});

test("a collector that is not there costs a warning, and no request", async () => {
  const router = await startRouter({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" } });
  for (let nth = 0; nth < 3; nth++) assert.equal((await post(`${router.url}/v1/chat/completions`, BODY)).status, 200);
  await until(() => router.stderr().includes("Cannot send traces"));
  assert.equal(await router.stop("SIGTERM"), 0);
});
