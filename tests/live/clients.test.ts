import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { type Running, startRouter } from "../support/subject.ts";
import { chunks, json, reply, sse, startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let router: Running;
let client: OpenAI;
before(async () => {
  upstream = await startUpstream();
  router = await startRouter({
    environment: {
      API_KEY: "client-key",
      SIMPLE_PROVIDER: "openai",
      SIMPLE_MODEL: "gpt-4o-mini",
      COMPLEX_PROVIDER: "openai",
      COMPLEX_MODEL: "gpt-4o",
      OPENAI_API_KEY: "up-secret",
      OPENAI_BASE_URL: upstream.url,
    },
  });
  client = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: "client-key", maxRetries: 0 });
});
after(async () => {
  await router.stop();
  await upstream.close();
});

const ask = (model: string, content: string) => ({ model, messages: [{ role: "user" as const, content }] });

for (
  const [model, content, target] of [["simple", "x", "gpt-4o-mini"], ["auto", "Hello", "gpt-4o-mini"], [
    "virtusoul-v1",
    "Design a microservices architecture",
    "gpt-4o",
  ]] as const
) {
  test(`the openai client gets a whole reply from "${model}"`, async () => {
    upstream.answer(json(reply("whole", target)));
    const { data, response } = await client.chat.completions.create(ask(model, content)).withResponse();
    assert.equal(data.choices[0]?.message.content, "whole");
    assert.equal(data.model, target);
    assert.equal(upstream.received.at(-1)?.body.model, target);
    assert.equal(response.headers.get("x-virtusoul-model"), `openai/${target}`);
  });

  test(`the openai client streams from "${model}"`, async () => {
    upstream.answer(sse(chunks(["str", "eam"], { usage: true })));
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...ask(model, content), stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    assert.equal(text, "stream");
  });
}

test("the openai client's strict stream helper accepts the stream and its usage", async () => {
  upstream.answer(sse(chunks(["a", "b"], { usage: true })));
  const final = await client.chat.completions.stream({ ...ask("simple", "x"), stream_options: { include_usage: true } })
    .finalChatCompletion();
  assert.equal(final.choices[0]?.message.content, "ab");
  assert.equal(final.usage?.total_tokens, 5);
});

test("the openai client throws its own error classes, with our request id", async () => {
  await assert.rejects(client.chat.completions.create(ask("gpt-99", "x")), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, "model_not_found");
    assert.match(error.requestID ?? "", /^req_/);
    return true;
  });
  const stranger = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: "wrong", maxRetries: 0 });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
});

test("the openai client lists the models", async () => {
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  assert.deepEqual(ids, ["virtusoul-v1", "auto", "simple", "medium", "complex", "reasoning"]);
});
