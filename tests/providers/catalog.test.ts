import assert from "node:assert/strict";
import { test } from "node:test";
import { QUIRKS } from "../../src/protocols/openai/quirks.ts";
import { openai } from "../../src/protocols/openai/openai.ts";
import { providerNames, providerOf } from "../../src/providers/catalog.ts";
import { joinUrl } from "../../src/providers/target.ts";

/** Peculiarities of single messages, which `messages.ts` knows. */
const OF_MESSAGES = ["no_null_fields", "no_null_content", "json_arguments", "thought_signatures", "nine_character_ids"];

const ADDRESSES: Record<string, string | undefined> = {
  openai: "https://api.openai.com/v1/chat/completions",
  anthropic: "https://api.anthropic.com/v1/messages",
  openrouter: "https://openrouter.ai/api/v1/chat/completions",
  groq: "https://api.groq.com/openai/v1/chat/completions",
  together: "https://api.together.ai/v1/chat/completions",
  ollama: "http://localhost:11434/v1/chat/completions",
  mistral: "https://api.mistral.ai/v1/chat/completions",
  deepseek: "https://api.deepseek.com/chat/completions",
  google: "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
  custom: undefined,
  echo: undefined,
};

test("the catalogue holds these vendors and no others", () => {
  assert.deepEqual([...providerNames].sort(), Object.keys(ADDRESSES).sort());
});

for (const [name, address] of Object.entries(ADDRESSES)) {
  test(`${name} is called at ${address ?? "no address of its own"}`, () => {
    const provider = providerOf(name);
    assert.ok(provider);
    const path = { openai: openai.path, anthropic: "/v1/messages" }[provider.protocol];
    assert.equal(provider.baseUrl && joinUrl(provider.baseUrl, path), address);
  });
}

test("only providers that can do without a key may", () => {
  const keyless = providerNames.filter((name) => providerOf(name)?.needsKey === false);
  assert.deepEqual(keyless.sort(), ["custom", "echo", "ollama"]);
});

test("a key goes out as a Bearer token, and no key as no header", () => {
  assert.deepEqual(openai.headers("k"), { authorization: "Bearer k" });
  assert.deepEqual(openai.headers(undefined), {});
});

test("Ollama may take ten minutes to load a model, and no other has a limit of its own", () => {
  const limits = providerNames.flatMap((name) => {
    const seconds = providerOf(name)?.firstEventSeconds;
    return seconds === undefined ? [] : [[name, seconds]];
  });
  assert.deepEqual(limits, [["ollama", 600]]);
});

for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "", "OpenAI", "azure"]) {
  test(`"${name}" is no provider`, () => assert.equal(providerOf(name), undefined));
}

test("every peculiarity that a row names exists, and every one is some row's", () => {
  const named = new Set(providerNames.flatMap((name) => providerOf(name)?.dialect.quirks ?? []));
  assert.deepEqual([...named].sort(), [...Object.keys(QUIRKS), ...OF_MESSAGES].sort());
});

test("a row with a list takes the fields without which nothing works", () => {
  for (const name of providerNames) {
    const accepts = providerOf(name)?.dialect.accepts;
    if (!accepts) continue;
    for (const field of ["model", "messages", "stream", "max_tokens", "tools"]) {
      assert.ok(accepts.includes(field), name);
    }
    assert.equal(new Set(accepts).size, accepts.length, `${name} lists a field twice`);
  }
});
