import assert from "node:assert/strict";
import { test } from "node:test";
import type { Complaint } from "../../src/errors.ts";
import { readTiers, shown, TIER_FIELDS, variablePrefix } from "../../src/providers/settings.ts";

const TIERS = ["small", "very-large"];

/** What a tier's variables make, and what is wrong with them. */
function read(environment: Record<string, string>) {
  const complaints: Complaint[] = [];
  const [small, large] = readTiers(environment, TIERS, (complaint) => complaints.push(complaint));
  return { small: small?.targets ?? [], large: large?.targets ?? [], complaints };
}

/** One target of "small", without complaints. */
function readOne(environment: Record<string, string>) {
  const { small, complaints } = read({
    SMALL_PROVIDER: "openai",
    SMALL_MODEL: "m",
    OPENAI_API_KEY: "k",
    ...environment,
  });
  assert.deepEqual(complaints, []);
  const [target] = small;
  assert.ok(target);
  return target;
}

test("a tier that nobody sets has no targets and no faults", () => {
  assert.deepEqual(read({}), { small: [], large: [], complaints: [] });
});

test("provider and model make a target, with the catalogue's address and the provider's key", () => {
  const { provider, model, baseUrl, apiKey, refuses, headers, extraBody, context } = readOne({});
  assert.deepEqual([provider, model, baseUrl, apiKey], ["openai", "m", "https://api.openai.com/v1", "k"]);
  assert.deepEqual([refuses, headers, extraBody, context], [[], {}, {}, undefined]);
});

test("a provider's name may be written in capitals", () => {
  assert.equal(readOne({ SMALL_PROVIDER: "OpenAI" }).provider, "openai");
});

test("the hyphen of a tier's name is an underscore in its variables", () => {
  assert.equal(variablePrefix("very-large"), "VERY_LARGE");
  const { large } = read({ VERY_LARGE_PROVIDER: "ollama", VERY_LARGE_MODEL: "m" });
  assert.equal(large[0]?.model, "m");
});

test("a tier's own key and address win over the provider's", () => {
  const own = { SMALL_API_KEY: "own", SMALL_BASE_URL: "http://own/v1" };
  const { apiKey, baseUrl } = readOne({ OPENAI_BASE_URL: "http://shared/v1", ...own });
  assert.deepEqual([apiKey, baseUrl], ["own", "http://own/v1"]);
  assert.equal(readOne({ OPENAI_BASE_URL: "http://shared/v1" }).baseUrl, "http://shared/v1");
});

for (
  const [provider, typed, expected] of [
    ["openai", "http://h", "http://h/v1"],
    ["openai", "http://h/", "http://h/v1"],
    ["openai", "http://h/v1", "http://h/v1"],
    ["openai", "http://h/v1/", "http://h/v1"],
    ["openai", "http://h:8080", "http://h:8080/v1"],
    ["openai", "http://h/proxy/openai", "http://h/proxy/openai"],
    ["openai", "http://h?api-version=1", "http://h/v1?api-version=1"],
    ["openai", "http://h/x/?api-version=1", "http://h/x?api-version=1"],
    ["openai", "  http://h/v1 ", "http://h/v1"],
    ["groq", "http://h", "http://h/openai/v1"],
    ["groq", "http://h/v1", "http://h/v1"],
    ["openrouter", "http://h", "http://h/api/v1"],
    ["google", "http://h", "http://h/v1beta/openai"],
    ["deepseek", "http://h", "http://h"],
    ["anthropic", "http://h", "http://h"],
    ["ollama", "http://box:11434", "http://box:11434/v1"],
    ["custom", "http://h", "http://h"],
    ["custom", "http://h/a/", "http://h/a/"],
    ["custom", "http://h/v1?x=1", "http://h/v1?x=1"],
  ] as const
) {
  test(`${provider} at ${JSON.stringify(typed)} is called below ${expected}`, () => {
    const environment = { SMALL_PROVIDER: provider, SMALL_API_KEY: "k", SMALL_BASE_URL: typed };
    assert.equal(readOne(environment).baseUrl, expected);
  });
}

test("lists, objects and numbers of a tier are read", () => {
  const { refuses, headers, extraBody, context } = readOne({
    SMALL_REFUSES: "seed, logit_bias,",
    SMALL_HEADERS: '{"x-team": "search"}',
    SMALL_EXTRA_BODY: '{"provider": {"sort": "price"}}',
    SMALL_CONTEXT: "32000",
  });
  assert.deepEqual(refuses, ["seed", "logit_bias"]);
  assert.deepEqual(headers, { "x-team": "search" });
  assert.deepEqual(extraBody, { provider: { sort: "price" } });
  assert.equal(context, 32_000);
});

for (
  const [value, can] of [
    ["vision, JSON", ["vision", "json"]],
    ["none", []],
    [undefined, undefined],
  ] as const
) {
  test(`a model that can ${value ?? "nobody says what"} is told of as such`, () => {
    assert.deepEqual(readOne(value === undefined ? {} : { SMALL_CAN: value }).can, can);
  });
}

for (
  const [value, price] of [
    ["2.5,10", { input: 2.5, output: 10, cached: 2.5, written: 2.5 }],
    [" 2.5 , 10 , 1.25 ", { input: 2.5, output: 10, cached: 1.25, written: 2.5 }],
    ["0,0", { input: 0, output: 0, cached: 0, written: 0 }],
    [undefined, undefined],
  ] as const
) {
  test(`the price ${JSON.stringify(value)} is read as dollars for a million tokens`, () => {
    assert.deepEqual(readOne(value === undefined ? {} : { SMALL_PRICE: value }).price, price);
  });
}

for (const value of ["2.5", "2.5,", ",10", "a,b", "1,2,3,4", "-1,2", "1,1e7", "$1,$2", "NaN,1"]) {
  test(`the price ${JSON.stringify(value)} is refused, with the way out`, () => {
    const { complaints } = read({ SMALL_PROVIDER: "echo", SMALL_MODEL: "m", SMALL_PRICE: value });
    assert.deepEqual(complaints.map(({ variable }) => variable), ["SMALL_PRICE"]);
    assert.match(complaints[0]?.problem ?? "", /US dollars for a million tokens: input,output/);
  });
}

test("header names are kept in one spelling, so that the owner's takes the place of ours", () => {
  assert.deepEqual(readOne({ SMALL_HEADERS: '{"Authorization": "Basic x"}' }).headers, { authorization: "Basic x" });
});

test("fallbacks are providers' models and other tiers, in order, each once", () => {
  const { small, complaints } = read({
    SMALL_PROVIDER: "openai",
    SMALL_MODEL: "m",
    SMALL_FALLBACKS: "openrouter/meta/llama, very-large, openai/m, openrouter/meta/llama, small",
    VERY_LARGE_PROVIDER: "ollama",
    VERY_LARGE_MODEL: "big",
    VERY_LARGE_FALLBACKS: "echo/echo",
    OPENAI_API_KEY: "k",
    OPENROUTER_API_KEY: "k",
  });
  assert.deepEqual(complaints, []);
  const names = small.map(({ provider, model }) => `${provider}/${model}`);
  assert.deepEqual(names, ["openai/m", "openrouter/meta/llama", "ollama/big"]);
});

test("a fallback has the provider's key and address, not the tier's", () => {
  const { small } = read({
    SMALL_PROVIDER: "custom",
    SMALL_MODEL: "m",
    SMALL_BASE_URL: "http://own/v1",
    SMALL_API_KEY: "own",
    SMALL_HEADERS: '{"x-a": "b"}',
    SMALL_FALLBACKS: "openai/m",
    OPENAI_API_KEY: "shared",
  });
  const { apiKey, baseUrl, headers } = small[1] ?? {};
  assert.deepEqual([apiKey, baseUrl, headers], ["shared", "https://api.openai.com/v1", {}]);
});

test("the same model at two addresses is two targets", () => {
  const { small } = read({
    SMALL_PROVIDER: "custom",
    SMALL_MODEL: "m",
    SMALL_BASE_URL: "http://near/v1",
    SMALL_FALLBACKS: "custom/m",
    CUSTOM_BASE_URL: "http://far/v1",
  });
  assert.deepEqual(small.map(({ baseUrl }) => baseUrl), ["http://near/v1", "http://far/v1"]);
});

for (const provider of ["ollama", "custom", "echo"]) {
  test(`${provider} needs no key`, () => {
    const { complaints } = read({ SMALL_PROVIDER: provider, SMALL_MODEL: "m", CUSTOM_BASE_URL: "http://h/v1" });
    assert.deepEqual(complaints, []);
  });
}

const OPENAI = { SMALL_PROVIDER: "openai", SMALL_MODEL: "m", OPENAI_API_KEY: "k" };
for (
  const [what, environment, variable, problem] of [
    ["a provider without a model", { SMALL_PROVIDER: "echo" }, "SMALL_MODEL", /SMALL_PROVIDER is: set both/],
    ["a model without a provider", { SMALL_MODEL: "m" }, "SMALL_PROVIDER", /SMALL_MODEL is: set both/],
    ["an unknown provider", { SMALL_PROVIDER: "azure", SMALL_MODEL: "m" }, "SMALL_PROVIDER", /"azure".*openai, /],
    [
      "no key",
      { SMALL_PROVIDER: "openai", SMALL_MODEL: "m" },
      "SMALL_API_KEY or OPENAI_API_KEY",
      /"openai" needs a key/,
    ],
    ["no key for a fallback", { ...OPENAI, SMALL_FALLBACKS: "groq/m" }, "GROQ_API_KEY", /"groq" needs a key/],
    [
      "custom without an address",
      { SMALL_PROVIDER: "custom", SMALL_MODEL: "m" },
      "SMALL_BASE_URL or CUSTOM_BASE_URL",
      /address/,
    ],
    ["an address that is none", { ...OPENAI, SMALL_BASE_URL: "h/v1" }, "SMALL_BASE_URL", /"h\/v1" is not an address/],
    ["an address of another kind", { ...OPENAI, OPENAI_BASE_URL: "ftp://h/v1" }, "OPENAI_BASE_URL", /http/],
    ["an address with a fragment", { ...OPENAI, SMALL_BASE_URL: "http://h/v1#a" }, "SMALL_BASE_URL", /fragment/],
    ["an address with a password", { ...OPENAI, SMALL_BASE_URL: "http://u:pass@h/v1" }, "SMALL_BASE_URL", /refused/],
    ["a fallback without a slash", { ...OPENAI, SMALL_FALLBACKS: "gpt" }, "SMALL_FALLBACKS", /"gpt" is neither/],
    ["a fallback without a model", { ...OPENAI, SMALL_FALLBACKS: "groq/" }, "SMALL_FALLBACKS", /"groq\/" is neither/],
    [
      "a fallback of an unknown provider",
      { ...OPENAI, SMALL_FALLBACKS: "x/y" },
      "SMALL_FALLBACKS",
      /"x" is no provider/,
    ],
    ["a fallback to a bare tier", { ...OPENAI, SMALL_FALLBACKS: "very-large" }, "SMALL_FALLBACKS", /without a model/],
    ["fallbacks of nothing", { SMALL_FALLBACKS: "echo/echo" }, "SMALL_FALLBACKS", /set SMALL_PROVIDER/],
    ["headers that are no object", { ...OPENAI, SMALL_HEADERS: "[1]" }, "SMALL_HEADERS", /JSON object/],
    ["a header that is no text", { ...OPENAI, SMALL_HEADERS: '{"a": 1}' }, "SMALL_HEADERS", /header "a"/],
    ["a header's name with a space", { ...OPENAI, SMALL_HEADERS: '{"a b": "c"}' }, "SMALL_HEADERS", /header "a b"/],
    ["a header of two lines", { ...OPENAI, SMALL_HEADERS: '{"a": "b\\nc"}' }, "SMALL_HEADERS", /header "a"/],
    // `fetch` refuses it: every request would fail as if nobody were there.
    ["a header beyond Latin-1", { ...OPENAI, SMALL_HEADERS: '{"a": "→"}' }, "SMALL_HEADERS", /header "a"/],
    ["a key with a sign that no key has", { ...OPENAI, OPENAI_API_KEY: "sk-ab…yz" }, "OPENAI_API_KEY", /copy it again/],
    ["a body that is no object", { ...OPENAI, SMALL_EXTRA_BODY: "{" }, "SMALL_EXTRA_BODY", /JSON object/],
    ["an unknown ability", { ...OPENAI, SMALL_CAN: "vision,flight" }, "SMALL_CAN", /vision, pdf/],
    ["a window of no size", { ...OPENAI, SMALL_CONTEXT: "0" }, "SMALL_CONTEXT", /"0" is not valid/],
  ] as [string, Record<string, string>, string, RegExp][]
) {
  test(`${what} is said, once, with the variable's name`, () => {
    const { complaints } = read(environment);
    assert.deepEqual(complaints.map((complaint) => complaint.variable), [variable]);
    assert.match(complaints[0]?.problem ?? "", problem);
  });
}

test("every tier's faults are said together", () => {
  const { complaints } = read({
    SMALL_PROVIDER: "nobody",
    SMALL_MODEL: "m",
    SMALL_HEADERS: "x",
    SMALL_CONTEXT: "x",
    VERY_LARGE_MODEL: "m",
    VERY_LARGE_FALLBACKS: "x",
  });
  assert.deepEqual(complaints.map(({ variable }) => variable).sort(), [
    "SMALL_CONTEXT",
    "SMALL_HEADERS",
    "SMALL_PROVIDER",
    "VERY_LARGE_FALLBACKS",
    "VERY_LARGE_FALLBACKS",
    "VERY_LARGE_PROVIDER",
  ]);
});

for (
  const [variable, value] of [
    ["OPENAI_API_KEY", "SECRET"],
    ["SMALL_HEADERS", '{"authorization": "SECRET"'],
    ["SMALL_EXTRA_BODY", "SECRET"],
    ["SMALL_BASE_URL", "ftp://user:SECRET@host/v1"],
    ["SMALL_BASE_URL", "ftp://user:pass/with@signs/SECRET@host/v1"],
    ["SMALL_BASE_URL", "http://host/v1?key=SECRET#fragment"],
    ["SMALL_BASE_URL", `ftp://${"u".repeat(70)}:SECRET${"x".repeat(70)}@host/v1`],
  ] as const
) {
  test(`what may be secret is not shown: ${variable} ${value.slice(0, 40)}`, () => {
    assert.doesNotMatch(shown(variable, value), /SECRET/);
    const { complaints } = read({ ...OPENAI, [variable]: variable === "OPENAI_API_KEY" ? `${value}…` : value });
    assert.equal(complaints.length, 1);
    assert.doesNotMatch(JSON.stringify(complaints), /SECRET/);
  });
}

test("a value that is no secret is shown, a long one cut", () => {
  assert.equal(shown("PORT", "80x"), '"80x"');
  assert.equal(shown("PORT", undefined), "an absent value");
  assert.equal(shown("PORT", "x".repeat(100)), `"${"x".repeat(80)}…"`);
});

test("the fields that are told of are the fields that are read", () => {
  for (const field of ["PROVIDER", "MODEL", "API_KEY", "BASE_URL", "FALLBACKS", "REFUSES", "HEADERS", "EXTRA_BODY"]) {
    assert.ok(TIER_FIELDS.includes(field), field);
  }
  assert.equal(new Set(TIER_FIELDS).size, TIER_FIELDS.length);
});
