import assert from "node:assert/strict";
import { test } from "node:test";
import type { TargetConfig } from "../../src/providers/settings.ts";
import { createEcho, createTarget, joinUrl } from "../../src/providers/target.ts";

const CONFIG: TargetConfig = {
  provider: "openai",
  model: "gpt-4o",
  baseUrl: "https://api.openai.com/v1",
  apiKey: "k",
  refuses: [],
  headers: {},
  extraBody: {},
  context: undefined,
  can: undefined,
};
const OPTIONS = { timeoutSeconds: undefined, streamUsage: true };

for (
  const [base, path, expected] of [
    ["https://h/v1", "/chat/completions", "https://h/v1/chat/completions"],
    ["https://h/v1/", "/chat/completions", "https://h/v1/chat/completions"],
    ["https://h/v1///", "/chat/completions", "https://h/v1/chat/completions"],
    ["https://h", "/chat/completions", "https://h/chat/completions"],
    ["https://h/", "/chat/completions", "https://h/chat/completions"],
    ["https://h/v1/chat/completions", "/chat/completions", "https://h/v1/chat/completions"],
    ["https://h/v1/chat/completions/", "/chat/completions", "https://h/v1/chat/completions"],
    ["https://h", "/v1/messages", "https://h/v1/messages"],
    ["https://h/v1", "/v1/messages", "https://h/v1/messages"],
    ["https://h/v1/messages", "/v1/messages", "https://h/v1/messages"],
    ["https://h/proxy/v1", "/v1/messages", "https://h/proxy/v1/messages"],
    ["https://h/proxy", "/v1/messages", "https://h/proxy/v1/messages"],
    // Not a whole step of the path.
    ["https://h/xv1", "/v1/messages", "https://h/xv1/v1/messages"],
    ["https://h/v1?key=a&b=/v1", "/chat/completions", "https://h/v1/chat/completions?key=a&b=/v1"],
    ["https://h/v1/?key=a", "/chat/completions", "https://h/v1/chat/completions?key=a"],
    ["https://h/v1?", "/chat/completions", "https://h/v1/chat/completions?"],
    // Hosts that are called as a step of the path is, as in a Docker network.
    ["http://chat", "/chat/completions", "http://chat/chat/completions"],
    ["http://v1/", "/v1/messages", "http://v1/v1/messages"],
    ["http://v1/v1", "/v1/messages", "http://v1/v1/messages"],
    ["http://localhost:11434/v1", "/chat/completions", "http://localhost:11434/v1/chat/completions"],
    ["http://[::1]:8080", "/chat/completions", "http://[::1]:8080/chat/completions"],
  ] as const
) {
  test(`${base} and ${path} make ${expected}`, () => assert.equal(joinUrl(base, path), expected));
}

test("a target is named after its provider and model, slashes and all", () => {
  assert.equal(createTarget({ ...CONFIG, model: "meta/llama:free" }, OPTIONS).name, "openai/meta/llama:free");
});

test("the key goes out as its protocol wants it", () => {
  const anthropic = { ...CONFIG, provider: "anthropic", baseUrl: "https://api.anthropic.com" };
  const { headers, url } = createTarget(anthropic, OPTIONS);
  assert.equal(url, "https://api.anthropic.com/v1/messages");
  assert.equal(headers["x-api-key"], "k");
  assert.equal(headers["anthropic-version"], "2023-06-01");
  assert.equal(headers.authorization, undefined);
  assert.deepEqual(createTarget(CONFIG, OPTIONS).headers, { authorization: "Bearer k" });
});

test("without a key no header speaks of one", () => {
  const local = { ...CONFIG, provider: "ollama", apiKey: undefined };
  assert.deepEqual(createTarget(local, OPTIONS).headers, {});
});

test("the owner's headers are added, and win", () => {
  const headers = { authorization: "Basic x", "x-team": "search" };
  assert.deepEqual(createTarget({ ...CONFIG, headers }, OPTIONS).headers, headers);
});

for (
  const [provider, timeoutSeconds, firstMs, silenceMs] of [
    ["openai", undefined, 120_000, 120_000],
    ["openai", 2.5, 2500, 2500],
    ["ollama", undefined, 600_000, 120_000],
    ["ollama", 5, 5000, 5000],
    ["ollama", 1000, 1_000_000, 1_000_000],
  ] as const
) {
  test(`with TIMEOUT ${timeoutSeconds}, ${provider} has ${firstMs} ms to begin and ${silenceMs} between events`, () => {
    const target = createTarget({ ...CONFIG, provider }, { ...OPTIONS, timeoutSeconds });
    assert.deepEqual([target.timeoutMs, target.silenceMs], [firstMs, silenceMs]);
  });
}

test("the owner's word on a model's window wins over the table's", () => {
  assert.equal(createTarget(CONFIG, OPTIONS).context, 128_000);
  assert.equal(createTarget({ ...CONFIG, context: 5 }, OPTIONS).context, 5);
  assert.equal(createTarget({ ...CONFIG, model: "nobody-knows-it" }, OPTIONS).context, undefined);
});

test("what the wire format must know goes along", () => {
  const { destination } = createTarget(
    { ...CONFIG, refuses: ["seed"], extraBody: { a: 1 } },
    { ...OPTIONS, streamUsage: false },
  );
  const { provider, model, refuses, extraBody, streamUsage } = destination;
  assert.deepEqual({ provider, model, refuses, extraBody, streamUsage }, {
    provider: "openai",
    model: "gpt-4o",
    refuses: ["seed"],
    extraBody: { a: 1 },
    streamUsage: false,
  });
});

test("the built-in echo has no address to call", () => {
  const echo = createEcho();
  assert.deepEqual([echo.name, echo.url], ["echo/echo", undefined]);
});

test("a provider that nobody knows is an error", () => {
  assert.throws(() => createTarget({ ...CONFIG, provider: "azure" }, OPTIONS), /"azure" is no provider/);
});
