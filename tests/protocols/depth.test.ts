import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError, UpstreamError } from "../../src/errors.ts";
import { protocols } from "../../src/protocols/all.ts";
import { withinDepth } from "../../src/protocols/depth.ts";
import { openai } from "../../src/protocols/openai/openai.ts";
import { parseChat } from "../../src/protocols/openai/wire.ts";

const MESSAGES = [{ role: "user", content: "x" }];
const exchange = { wantsUsage: false, created: 1, newCallId: () => "call_test" };
const destination = { dialect: {}, refuses: [], extraBody: {}, streamUsage: false };
const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}{}${"}".repeat(levels)}`);

/** A protocol that stumbles over everything. */
const stumbling = (error: Error) => {
  const stumble = () => {
    throw error;
  };
  return withinDepth({ ...openai, request: stumble, reply: stumble });
};

test("a request that cannot be followed to its depth is a 400, a reply a 502 that another target may better", () => {
  const { request, reply } = stumbling(new RangeError("Maximum call stack size exceeded"));
  const chat = { model: "auto", messages: MESSAGES };
  assert.throws(() => request(chat, { provider: "custom", model: "m", ...destination }), (error) => {
    return error instanceof RouterError && error.status === 400 && error.code === "invalid_value";
  });
  assert.throws(() => reply({}, exchange), (error) => {
    return error instanceof UpstreamError && error.detail.code === "upstream_invalid" && error.retryable;
  });
});

test("any other failure stays what it is", () => {
  const error = new TypeError("a defect");
  assert.throws(() => stumbling(error).reply({}, exchange), (thrown) => thrown === error);
});

// How deep is too deep differs between runtimes: what counts is that nothing else happens.
for (const levels of [100, 3000, 300_000]) {
  const schema = nested(levels);
  const response_format = { type: "json_schema", json_schema: { name: "s", schema } };

  test(`a schema of ${levels} levels is translated, or is a 400`, () => {
    for (
      const [name, model] of [["anthropic", "claude-opus-5-5"], ["anthropic", "claude-3"], ["openai", "m"]] as const
    ) {
      const chat = { model: "auto", messages: MESSAGES, response_format };
      outcome(() => protocols[name].request(chat, { provider: name, model, ...destination }), RouterError);
    }
  });

  test(`messages of ${levels} levels are a 400`, () => {
    assert.throws(() => parseChat({ model: "auto", messages: schema }), RouterError);
  });

  test(`a reply of ${levels} levels is translated, or is the upstream's failure`, () => {
    const called = { id: "m", content: [{ type: "tool_use", id: "c", name: "w", input: schema }] };
    outcome(() => protocols.anthropic.reply(called, exchange), UpstreamError);
    const answered = { choices: [{ message: { role: "assistant", content: "x", extra: schema } }] };
    outcome(() => protocols.openai.reply(answered, exchange), UpstreamError);
  });

  test(`an error of ${levels} levels has its four keys`, () => {
    const body = `{"error":{"message":${"[".repeat(levels)}${"]".repeat(levels)}}}`;
    for (const protocol of Object.values(protocols)) {
      assert.equal(Object.keys(protocol.failure(400, body).error).sort().join(), "code,message,param,type");
    }
  });

  test(`a streamed call of ${levels} levels ends well, or with one error`, async () => {
    const input = `${'{"a":'.repeat(levels)}{}${"}".repeat(levels)}`;
    const events = [
      '{"type":"message_start","message":{"id":"m"}}',
      `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"w","input":${input}}}`,
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_stop"}',
    ].map((data) => ({ data, event: undefined }));
    const parts = await Array.fromAsync(ReadableStream.from(events).pipeThrough(protocols.anthropic.stream(exchange)));
    assert.ok(["done", "error"].includes(parts.at(-1)?.type ?? ""));
    assert.equal(parts.filter(({ type }) => type === "done" || type === "error").length, 1);
  });
}

/** It returns, or it throws just this. */
function outcome(run: () => unknown, failure: typeof RouterError | typeof UpstreamError): void {
  try {
    assert.notEqual(run(), undefined);
  } catch (error) {
    assert.ok(error instanceof failure, String(error));
  }
}
