import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CALL,
  type Chunk,
  chunk,
  cleaned,
  DONE,
  events,
  LOGPROBS,
  OPENING,
  shown,
  strict,
  TRUNCATED,
  usageOf,
} from "./streams.ts";

test("H11: a finish reason that means failure is an error with the vendor's word", async () => {
  const raw = events(chunk({ content: "a" }), chunk({ content: "" }, "insufficient_system_resource"), DONE);
  const last = (await cleaned(raw)).at(-1);
  assert.equal(last?.type === "error" && last.error.code, "insufficient_system_resource");
});

test("H12: an error in a list is unwrapped, its number made text", async () => {
  const wrapped = [{ error: { code: 400, message: "Unknown name", status: "INVALID_ARGUMENT" } }];
  const error = { message: "Unknown name", type: "invalid_request_error", param: null, code: "400" };
  assert.deepEqual(shown(await cleaned(events(chunk({ content: "a" }), wrapped))).slice(-2), [{ error }, DONE]);
});

/** The fragments of calls that a client sees. */ test("H15: an empty finish reason on middle chunks is none", async () => {
  const raw = events(chunk({ content: "a" }, ""), chunk({ content: "b" }, ""), chunk({}, "stop"), DONE);
  const reasons = (shown(await cleaned(raw)).slice(0, -1) as Chunk[]).map(({ choices }) => choices[0]?.finish_reason);
  assert.deepEqual(reasons, [null, null, null, "stop"]);
});

for (
  const [vendor, own] of [
    ["eos", "stop"],
    ["model_length", "length"],
    ["MAX_TOKENS", "length"],
    ["tool_use", "tool_calls"],
    ["SAFETY", "content_filter"],
    ["constructor", "stop"],
    ["__proto__", "stop"],
  ]
) {
  test(`the finish reason "${vendor}" is told as "${own}"`, async () => {
    const payloads = shown(await cleaned(events(chunk({ content: "a" }), chunk({}, vendor), DONE)));
    assert.equal((payloads.at(-2) as Chunk).choices[0]?.finish_reason, own);
  });
}

for (const [said, expected] of [[{ content: "" }, "error"], [{ content: "answer" }, "done"]] as const) {
  test(`a native reason of network_error after ${JSON.stringify(said)} ends the stream with: ${expected}`, async () => {
    const finish = chunk({}, "stop");
    const choices = finish.choices.map((choice) => ({ ...choice, native_finish_reason: "network_error" }));
    const last = (await cleaned(events(chunk({ role: "assistant", ...said }), { ...finish, choices }, DONE))).at(-1);
    assert.equal(last?.type, expected);
    if (last?.type === "error") assert.equal(last.error.code, "network_error");
  });
}

test("an event that is not JSON, with others after it, is an invalid upstream", async () => {
  const parts = await cleaned(events(chunk({ content: "a" }), "{oops", chunk({}, "stop"), DONE));
  const last = parts.at(-1);
  assert.equal(last?.type === "error" && last.error.code, "upstream_invalid");
});

for (const junk of ["null", "7", '"text"', "[]", "true", "[[1]]"]) {
  test(`an event that holds ${junk} is an invalid upstream`, async () => {
    const parts = await cleaned(events(junk, chunk({}, "stop"), DONE));
    assert.deepEqual(parts.map((part) => part.type === "error" && part.error.code), ["upstream_invalid"]);
  });
}

test("an event nested too deep to follow is an invalid upstream, not a crash", async () => {
  const deep = `{"choices":[{"delta":{"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}}]}`;
  const last = (await cleaned(events(deep, chunk({}, "stop"), DONE))).at(-1);
  assert.equal(last?.type, "error");
});

test("a stream that says [DONE] without a reason to end gets one; one without any choice is cut short", async () => {
  assert.deepEqual(shown(await cleaned(events(chunk({ content: "a" }), DONE))).at(-2), strict({}, "stop"));
  assert.deepEqual(shown(await cleaned(events(DONE))), [TRUNCATED, DONE]);
  assert.deepEqual(shown(await cleaned("")), [TRUNCATED, DONE]);
});

test("each choice has its own opening, calls and end, also when they come in one event", async () => {
  const both = (delta: unknown, finish: unknown) => ({
    ...chunk({}),
    choices: [0, 1].map((index) => ({ index, delta, finish_reason: finish })),
  });
  const raw = events(both({ content: "a" }, null), both({ tool_calls: [CALL] }, "tool_calls"), DONE);
  const payloads = shown(await cleaned(raw)).slice(0, -1) as Chunk[];
  for (const index of [0, 1]) {
    const own = payloads.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
    assert.deepEqual(own.map(({ delta, finish_reason }) => [Object.keys(delta).join(), finish_reason]), [
      ["role,content,refusal", null],
      ["content", null],
      ["tool_calls", null],
      ["", "tool_calls"],
    ]);
  }
});

test("one choice that never ends makes the whole stream a cut one", async () => {
  const raw = events(chunk({ content: "a" }), chunk({ content: "b" }, null, { index: 1 }), chunk({}, "stop"));
  assert.deepEqual(shown(await cleaned(raw)).slice(-2), [TRUNCATED, DONE]);
});

test("logprobs stay with their words when a chunk has all in one", async () => {
  const only = chunk({ content: "Hi" }, "stop");
  const choices = only.choices.map((choice) => ({ ...choice, logprobs: LOGPROBS }));
  const payloads = shown(await cleaned(events({ ...only, choices }, DONE)));
  const told = (payloads.slice(0, -1) as Chunk[]).map((payload) => payload.choices[0]?.logprobs);
  assert.deepEqual(told, [null, LOGPROBS, null]);
});

test("logprobs stay with their words when the first chunk is split", async () => {
  const first = chunk({ content: "Hi" });
  const choices = first.choices.map((choice) => ({ ...choice, logprobs: LOGPROBS }));
  const payloads = shown(await cleaned(events({ ...first, choices }, chunk({}, "stop"), DONE)));
  const told = (payloads.slice(0, -1) as Chunk[]).map((payload) => payload.choices[0]?.logprobs);
  assert.deepEqual(told, [null, LOGPROBS, null]);
});

test("a first event with neither choice nor name, as Azure's, does not name the chunks", async () => {
  const azure = { id: "", object: "", created: 0, model: "", choices: [], prompt_filter_results: [] };
  const payloads = shown(
    await cleaned(events(azure, strict(OPENING), strict({ content: "a" }), strict({}, "stop"), DONE)),
  );
  assert.deepEqual(payloads, [strict(OPENING), strict({ content: "a" }), strict({}, "stop"), DONE]);
});

test("id, time and model are the same on every chunk, and made where the upstream has none", async () => {
  const bare = (delta: unknown, finish: unknown = null) => ({ choices: [{ delta, finish_reason: finish }] });
  const payloads = shown(await cleaned(events(bare({ content: "a" }), { ...bare({}, "stop"), id: "late" }, DONE)));
  for (const payload of payloads.slice(0, -1) as Chunk[]) {
    assert.deepEqual([payload.id, payload.object, payload.created, payload.model], [
      "chatcmpl-test",
      "chat.completion.chunk",
      1764000000,
      "",
    ]);
  }
});

test("usage that was told before a failure is counted", async () => {
  const parts = await cleaned(events(chunk({ content: "a" }, null, { usage: usageOf(9, 1) })));
  assert.deepEqual(parts.slice(-2).map(({ type }) => type), ["usage", "error"]);
});

test("nothing comes after an error or after the end", async () => {
  const more = [chunk({ content: "late" }), { error: { message: "late" } }, DONE];
  const failed = await cleaned(events({ error: { message: "x" } }, ...more));
  const ended = await cleaned(events(chunk({ content: "a" }), chunk({}, "stop"), DONE, ...more));
  assert.deepEqual([failed.length, ended.length], [1, 4]);
});

for (
  const [what, payload, status] of [
    ["an error alone", { error: { message: "x", type: "server_error", code: "overloaded" } }, 502],
    ["an error beside choices", { ...chunk({ content: "a" }, "error"), error: { code: 429, message: "x" } }, 429],
    ["an error in a list", [{ error: { code: 400, message: "x", status: "INVALID_ARGUMENT" } }], 400],
    ["a finish reason that is one", chunk({ content: "a" }, "insufficient_system_resource"), 502],
    ["Groq's own error", { ...chunk({ content: "a" }), x_groq: { error: "x" } }, 502],
  ] as const
) {
  test(`${what} in the first event is the stream's first and only part`, async () => {
    const parts = await cleaned(events(payload, chunk({ content: "b" }), chunk({}, "stop"), DONE));
    assert.deepEqual(parts.map(({ type }) => type), ["error"]);
    assert.equal(parts[0]?.type === "error" && parts[0].status, status);
  });
}

test("an event named error is one, whatever it holds", async () => {
  const [part, ...others] = await cleaned('event: error\ndata: {"message":"Overloaded","code":529}\n\n');
  const error = { message: "Overloaded", type: "server_error", param: null, code: "529" };
  assert.deepEqual([part, others], [{ type: "error", status: 529, error }, []]);
  const [plain] = await cleaned("event: error\ndata: out of memory\n\n");
  assert.equal(plain?.type === "error" && plain.error.message, "out of memory");
});
