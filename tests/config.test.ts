import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween, mergeEnvironment, readConfig } from "../src/config.ts";
import { type Complaint, SettingsError } from "../src/errors.ts";

function complaintsOf(environment: Record<string, string>): readonly Complaint[] {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.complaints;
  }
  return [];
}

const namesOf = (environment: Record<string, string>) => complaintsOf(environment).map(({ variable }) => variable);

test("the environment wins over .env, and what only one of them says holds", () => {
  const merged = mergeEnvironment({ PORT: "1", HOST: "a" }, "PORT=2\nLOG_LEVEL=DEBUG\n");
  assert.deepEqual(merged, { PORT: "1", HOST: "a", LOG_LEVEL: "DEBUG" });
});

test("a blank value is unset: in the environment it gives way to .env's, in .env to the default", () => {
  const merged = mergeEnvironment({ PORT: "", HOST: "  ", API_KEY: undefined }, "PORT=5000\nHOST=\nAPI_KEY=  \n");
  assert.deepEqual(merged, { PORT: "5000" });
});

test("without a .env there is the environment", () => {
  assert.deepEqual(mergeEnvironment({ PORT: "1" }, undefined), { PORT: "1" });
});

for (
  const [line, value] of [
    ["A=plain", "plain"],
    ["A= spaces around ", "spaces around"],
    ['A="double # no comment"', "double # no comment"],
    ["A='single'", "single"],
    ["A=value # comment", "value"],
    ['A=value # it\'s a "comment"', "value"],
    ["export A=exported", "exported"],
    ["A=$HOME and ${PATH} and `id`", "$HOME and ${PATH} and `id`"],
    ['A={"x-team": "search"}', '{"x-team": "search"}'],
    ['A="two\\nlines"', "two\nlines"],
    ["A=a=b==", "a=b=="],
    ["A=Grüße 🙂", "Grüße 🙂"],
    ["\ufeffA=after a byte order mark", "after a byte order mark"],
    ["B=x\r\nA=Windows\r\n", "Windows"],
    ["A=first\nA=last", "last"],
    ["#A=commented out", undefined],
    ["no assignment at all\nA=next", "next"],
  ] as const
) {
  test(`in .env ${JSON.stringify(line)} sets ${JSON.stringify(value)}`, () => {
    assert.equal(mergeEnvironment({}, line).A, value);
  });
}

for (
  const [name, expected] of [
    ["HOST", "0.0.0.0"],
    ["PORT", 4000],
    ["MODEL_NAME", "virtusoul-v1"],
    ["API_KEY", []],
    ["LOG_LEVEL", "INFO"],
    ["TIMEOUT", undefined],
    ["CLASSIFIER_WORKERS", undefined],
    ["CLASSIFY_DEADLINE_MS", 250],
    ["DATA_DIR", "data"],
    ["STREAM_USAGE", true],
    ["CORS_ORIGIN", []],
    ["MAX_BODY_MB", 32],
    ["DRAIN_SECONDS", 30],
  ] as const
) {
  test(`${name} is ${JSON.stringify(expected)} unless it is set`, () => {
    assert.deepEqual(readConfig({})[name], expected);
  });
}

test("without any setting there are four tiers, and none is configured", () => {
  const { tiers } = readConfig({});
  assert.deepEqual(tiers, ["simple", "medium", "complex", "reasoning"].map((name) => ({ name, targets: [] })));
});

test("values are read into what they mean", () => {
  const { PORT, TIMEOUT, STREAM_USAGE, API_KEY } = readConfig({
    PORT: "8080",
    TIMEOUT: "0.5",
    STREAM_USAGE: "off",
    API_KEY: "a, b",
  });
  assert.deepEqual([PORT, TIMEOUT, STREAM_USAGE, API_KEY], [8080, 0.5, false, ["a", "b"]]);
});

test("variables of other programs are no concern of ours", () => {
  const config = readConfig({ PATH: "/bin", SIMPLETON: "x", OPENAI_ORG: "y", MEDIUM: "z" });
  assert.ok(config.tiers.every(({ targets }) => targets.length === 0));
});

test("all complaints come at once, from every part", () => {
  const variables = namesOf({
    PORT: "http",
    LOG_LEVEL: "loud",
    TIMEOUT: "-1",
    CLASSIFIER_WORKERS: "0",
    MODEL_NAME: "medium",
    SIMPLE_PROVIDER: "openai",
    MEDIUM_PROVIDER: "azure",
    MEDIUM_MODEL: "m",
    COMPLEX_PROVIDER: "anthropic",
    COMPLEX_MODEL: "m",
    REASONING_PROVIDER: "custom",
    REASONING_MODEL: "m",
    REASONING_CONTEXT: "large",
  });
  assert.deepEqual([...variables].sort(), [
    "CLASSIFIER_WORKERS",
    "COMPLEX_API_KEY or ANTHROPIC_API_KEY",
    "LOG_LEVEL",
    "MEDIUM_PROVIDER",
    "MODEL_NAME",
    "PORT",
    "REASONING_BASE_URL or CUSTOM_BASE_URL",
    "REASONING_CONTEXT",
    "SIMPLE_MODEL",
    "TIMEOUT",
  ]);
});

test("a complaint names the variable, the value and the way out", () => {
  assert.deepEqual(complaintsOf({ PORT: "http" }), [
    { variable: "PORT", problem: '"http" is not valid: use a whole number from 0 to 65535' },
  ]);
  assert.throws(() => readConfig({ PORT: "http" }), /^SettingsError: PORT: "http" is not valid/);
});

test("a provider's variable that several tiers read is complained of once", () => {
  const tiers = ["SIMPLE", "MEDIUM", "COMPLEX"].flatMap((tier) => [[`${tier}_PROVIDER`, "ollama"], [
    `${tier}_MODEL`,
    "m",
  ]]);
  assert.deepEqual(namesOf({ ...Object.fromEntries(tiers), OLLAMA_BASE_URL: "box:11434" }), ["OLLAMA_BASE_URL"]);
});

test("no complaint shows a secret", () => {
  const complaints = complaintsOf({
    SIMPLE_PROVIDER: "openai",
    SIMPLE_MODEL: "m",
    SIMPLE_API_KEY: "sk-SECRET…",
    SIMPLE_HEADERS: '{"authorization": "Bearer SECRET"',
    SIMPLE_EXTRA_BODY: "SECRET",
    SIMPLE_BASE_URL: "https://user:SECRET@host/v1",
    MEDIUM_PROVIDER: "groq",
    MEDIUM_MODEL: "m",
    GROQ_API_KEY: "SECRET",
    GROQ_BASE_URL: "ftp://user:SECRET/@host/v1?key=SECRET",
  });
  assert.equal(complaints.length, 5);
  assert.doesNotMatch(new SettingsError(complaints).message, /SECRET/);
});

for (const name of ["simple", "medium", "complex", "reasoning"]) {
  test(`the model's name cannot be the tier's name "${name}"`, () => {
    assert.deepEqual(namesOf({ MODEL_NAME: name }), ["MODEL_NAME"]);
  });
}

test("the model's name can be anything else", () => {
  for (const name of ["gpt-4o", "auto", "Simple", "my/model:1"]) {
    assert.equal(readConfig({ MODEL_NAME: name }).MODEL_NAME, name);
  }
});

test("other tiers have variables of their own, and the usual ones none", () => {
  const environment = { TIERS: "small, very-large", VERY_LARGE_PROVIDER: "ollama", VERY_LARGE_MODEL: "m" };
  const { tiers } = readConfig({ ...environment, SIMPLE_PROVIDER: "azure" });
  assert.deepEqual(tiers.map(({ name, targets }) => [name, targets.length]), [["small", 0], ["very-large", 1]]);
});

for (
  const [tiers, why] of [
    ["simple", /at least two tiers/],
    ["a,B", /"B" is no name/],
    ["a,a", /"a" is no name.*twice/],
    ["a,1b", /"1b"/],
    ["a,b_c", /"b_c"/],
    [`a,${"b".repeat(33)}`, /b{33}/],
    ["a,auto", /"auto" already means something else/],
    ["a,openai", /"openai" already means something else/],
    ["a,stream", /"stream" already means something else/],
    ["a,model", /"model" already means something else/],
  ] as const
) {
  test(`TIERS=${tiers} is refused`, () => {
    const complaints = complaintsOf({ TIERS: tiers });
    assert.ok(complaints.some(({ variable, problem }) => variable === "TIERS" && why.test(problem)), `${complaints}`);
  });
}

for (
  const [map, why] of [
    ["simple", /not label:tier/],
    ["simple:", /not label:tier/],
    ["simple:small:medium", /not label:tier/],
    ["simple:nowhere", /"simple:nowhere" names no tier: TIERS has small, large/],
  ] as const
) {
  test(`TIER_MAP=${map} is refused`, () => {
    const complaints = complaintsOf({ TIERS: "small,large", TIER_MAP: map });
    assert.deepEqual(complaints.map(({ variable }) => variable), ["TIER_MAP"]);
    assert.match(complaints[0]?.problem ?? "", why);
  });
}

test("a map of labels to tiers is read", () => {
  const { TIER_MAP } = readConfig({ TIERS: "small,large", TIER_MAP: "simple:small, medium:small,complex:large" });
  assert.deepEqual([...TIER_MAP], [["simple", "small"], ["medium", "small"], ["complex", "large"]]);
});

test("what changed between two settings is named by its variable; what is no setting is not", () => {
  const settings = (values: Record<string, string>) => ({ config: readConfig(values), values });
  const before = settings({ PORT: "1", TIERS: "a,b", A_PROVIDER: "echo", A_MODEL: "m", NOISE: "1", TIMEOUT: "1" });
  const after = settings({ PORT: "2", TIERS: "b,c", OPENAI_API_KEY: "k", NOISE: "2", TIMEOUT: "1" });
  assert.deepEqual(changesBetween(before, after), ["A_MODEL", "A_PROVIDER", "OPENAI_API_KEY", "PORT", "TIERS"]);
  assert.deepEqual(changesBetween(after, after), []);
});
