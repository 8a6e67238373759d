import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { line } from "../../src/ledger/line.ts";
import { recordOf } from "../support/record.ts";
import { post, runProgram, startRouter } from "../support/subject.ts";
import { json, reply, startUpstream, wait } from "../support/upstream.ts";

const room = mkdtempSync(join(tmpdir(), "replay-"));
after(() => rmSync(room, { recursive: true, force: true }));
const log = join(room, "decisions.jsonl");

const FOUR = ["SIMPLE", "MEDIUM", "COMPLEX", "REASONING"];
/** Four models of an upstream that costs 1, 10, 100 and 1000 dollars for a million tokens. */
const settingsOf = (url: string): Record<string, string> => ({
  CUSTOM_BASE_URL: `${url}/v1`,
  ...Object.fromEntries(FOUR.flatMap((tier, at) => [
    [`${tier}_PROVIDER`, "custom"],
    [`${tier}_MODEL`, `m${at}`],
    [`${tier}_PRICE`, `${10 ** at},${10 ** at}`],
  ])),
});
const settings = settingsOf("http://127.0.0.1:1");

const PROMPTS = [
  ...["Hello", "What is 2+2?", "Capital of France?", "Explain how DNS works", "Compare React vs Vue"],
  ...["Design a microservices architecture", "Refactor this monolith into services", "Write a haiku about rain"],
  ...["Prove sqrt(2) is irrational", "Design a consensus algorithm", "Translate good morning into Japanese"],
  ...["Summarise the causes of the French revolution", "Why does my loop never end?", "Plan a garden for shade"],
];

before(async () => {
  const upstream = await startUpstream(json(reply("fine")));
  const environment = { ...settingsOf(upstream.url), DATA_DIR: room, DECISION_LOG: "decisions.jsonl" };
  const router = await startRouter({ environment });
  await deepIsUp(router.url);
  const chat = async (body: Record<string, unknown>, headers: Record<string, string> = {}) => {
    const response = await post(`${router.url}/v1/chat/completions`, { model: "auto", ...body }, headers);
    assert.equal(response.status, 200);
    await response.text();
  };
  for (const content of PROMPTS) await chat({ messages: [{ role: "user", content }] });
  const task = { role: "user", content: "Prove that there are infinitely many primes" };
  const call = { id: "c", type: "function", function: { name: "search", arguments: "{}" } };
  const loop = [{ role: "assistant", content: null, tool_calls: [call] }, {
    ...{ role: "tool", tool_call_id: "c", content: "Euclid" },
  }];
  await chat({ messages: [task] }, { "x-session-id": "s" });
  await chat({ messages: [task, ...loop] }, { "x-session-id": "s" });
  await chat({ model: "medium", messages: [task] });
  await chat({ messages: [task] }, { "x-virtusoul-tier-max": "medium" });
  // Nothing is waited for: what was not written yet is written at the end.
  assert.equal(await router.stop("SIGTERM"), 0);
  await upstream.close();
});

async function deepIsUp(url: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { status } = await (await fetch(`${url}/health`)).json();
    if (status === "ok") return;
    await wait(50);
  }
  throw new Error("the deep stage did not come up");
}

const replay = (args: string[], environment: Record<string, string> = settings) =>
  runProgram(["replay", ...args], { environment });

async function reportOf(args: string[], environment?: Record<string, string>) {
  const { code, stdout, stderr } = await replay([...args, "--json"], environment);
  assert.equal(stderr, "");
  return { code, ...JSON.parse(stdout) };
}

test("under the settings of the log nothing flips and nothing costs more", async () => {
  const report = await reportOf([log]);
  assert.equal(report.code, 0);
  assert.equal(report.requests, PROMPTS.length + 4);
  assert.deepEqual([report.flips, report.flips_share, report.moves, report.models], [0, 0, {}, {}]);
  assert.deepEqual([report.refused, report.torn_lines, report.failed], [0, 0, []]);
  assert.equal(report.cost.compared, report.requests);
  assert.ok(report.cost.before > 0);
  assert.ok(Math.abs(report.cost.change) < 1e-9);
  const { actual, strongest, best_single, random_mix } = report.savings;
  assert.ok(actual.cost < strongest.cost && random_mix.adequate < actual.adequate);
  assert.ok(Math.abs(random_mix.cost - actual.cost) < 1e-6 && best_single.cost >= 0);
});

test("under other settings it says what flips where, and what that costs", async () => {
  const report = await reportOf([log], { ...settings, COST_BIAS: "1" });
  assert.ok(report.flips > 0 && report.flips < report.requests);
  assert.equal(Object.values(report.moves as Record<string, number>).reduce((a, b) => a + b), report.flips);
  for (const move of Object.keys(report.moves)) {
    const [from, to] = move.split(" → ").map((tier) => FOUR.indexOf(tier.toUpperCase()));
    assert.ok((to ?? 0) > (from ?? 9), `${move}: such a bias only raises`);
  }
  assert.ok(report.cost.after > report.cost.before && report.cost.change > 0);
  const cheap = await reportOf([log], { ...settings, COST_BIAS: "-1" });
  assert.ok(cheap.cost.change < 0);
});

test("other models and prices change the cost without a flip; models whose price is not known are listed", async () => {
  const dearer = await reportOf([log], { ...settings, SIMPLE_PRICE: "2,2", MEDIUM_PRICE: "20,20" });
  assert.deepEqual([dearer.flips, dearer.models], [0, {}]);
  assert.ok(dearer.cost.change > 0);
  const other = await reportOf([log], { ...settings, REASONING_MODEL: "unheard-of", REASONING_PRICE: "" });
  assert.equal(other.flips, 0);
  assert.deepEqual(Object.keys(other.models), ["custom/m3 → custom/unheard-of"]);
  assert.ok(other.cost.compared < other.requests);
  assert.deepEqual(other.savings.unpriced.models, ["custom/unheard-of"]);
  assert.equal(other.savings.strongest.cost, null);
});

test("other tiers are reached by TIER_MAP, and a log whose labels lead nowhere is refused", async () => {
  const two = {
    ...{
      TIERS: "small,large",
      SMALL_PROVIDER: "custom",
      SMALL_MODEL: "m0",
      LARGE_PROVIDER: "custom",
      LARGE_MODEL: "m3",
    },
    ...{ CUSTOM_BASE_URL: "http://127.0.0.1:1/v1", SMALL_PRICE: "1,1", LARGE_PRICE: "1000,1000" },
  };
  const report = await reportOf([log], {
    ...two,
    TIER_MAP: "simple:small,medium:small,complex:large,reasoning:large",
  });
  assert.equal(report.flips, 0, JSON.stringify(report.moves));
  assert.equal(report.savings.strongest.tier, "large");
  const { code, stderr } = await replay([log], two);
  assert.equal(code, 2);
  assert.match(stderr, /small, large.*"simple" has no tier.*TIER_MAP/);
});

for (
  const [condition, more, code] of [
    ["flips>2%", {}, 0],
    ["flips<=0%", {}, 1],
    ["flips>2%", { COST_BIAS: "1" }, 1],
    ["cost>10%", {}, 0],
    ["cost>10%", { COST_BIAS: "1" }, 1],
    ["cost<0%", { COST_BIAS: "-1" }, 1],
  ] as const
) {
  test(`--fail-if "${condition}" under ${JSON.stringify(more)} exits with ${code}`, async () => {
    const result = await replay([log, "--fail-if", condition], { ...settings, ...more });
    assert.equal(result.code, code, result.stdout + result.stderr);
    assert.equal(result.stdout.includes(`fails      ${condition}`), code === 1);
  });
}

test("several conditions are several reasons to fail", async () => {
  const args = [log, "--fail-if", "flips>2%", "--fail-if", "cost>1%", "--fail-if", "cost<0%"];
  const report = await reportOf(args, { ...settings, COST_BIAS: "1" });
  assert.deepEqual([report.code, report.failed], [1, ["flips>2%", "cost>1%"]]);
});

test("people get a table with the flips, the cost and the four lines", async () => {
  const { code, stdout } = await replay([log], { ...settings, COST_BIAS: "1" });
  assert.equal(code, 0);
  for (
    const form of [
      /^requests +\d+$/m,
      /^flips +\d+ \(\d+\.\d %\)$/m,
      /^ +\d+ {2}\w+ → \w+$/m,
      /^cost +\$[\d.]+ → \$[\d.]+ \(\+[\d.]+ %\), \d+ requests compared$/m,
      /^ {2}under the present settings +\$[\d.]+ +strong enough [\d.]+ %$/m,
      /^ {2}always reasoning +\$/m,
      /^ {2}the best single tier, \w+ +\$/m,
      /^ {2}a random mix of the same cost +\$/m,
    ]
  ) assert.match(stdout, form);
});

test("rotated parts are read as one log, the oldest first", async () => {
  const lines = readFileSync(log, "utf8").split("\n").filter((text) => text !== "");
  const [old, young] = [join(room, "parts.jsonl.1"), join(room, "parts.jsonl")];
  writeFileSync(old, `${lines.slice(0, -3).join("\n")}\n`);
  writeFileSync(young, `${lines.slice(-3).join("\n")}\n`);
  const report = await reportOf([old, young]);
  assert.deepEqual([report.requests, report.flips], [lines.length, 0]);
});

test("half a line is counted where a router died, and only there", async () => {
  const path = join(room, "torn.jsonl");
  const [whole, half] = [line(recordOfFour()), line(recordOfFour()).slice(0, 100)];
  for (
    const [text, torn] of [[`${whole}${half}\n\n${whole}`, 1], [`${whole}${half}`, 1], [`${whole}\n\n${whole}`, 0]]
  ) {
    writeFileSync(path, String(text));
    assert.equal((await reportOf([path])).torn_lines, torn);
  }
  writeFileSync(path, `${whole}${half}\n${whole}`);
  const { code, stderr } = await replay([path]);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot replay ".*torn.jsonl": line 2 is no decision/);
});

/** A decision among the four tiers of the shipped head. */
function recordOfFour() {
  const { grounds } = recordOf();
  const labels = { simple: 0.7, medium: 0.1, complex: 0.1, reasoning: 0.1 };
  return recordOf({ tier: "simple", grounds: grounds && { ...grounds, labels } });
}

const files = {
  "no-log.txt": "once upon a time\n",
  "other.jsonl": '{"text": "Hello", "tier": "simple"}\n',
  "empty.jsonl": "",
  "blank.jsonl": "\n\n\n",
};
for (const [name, content] of Object.entries(files)) {
  test(`a file that is no decision log is refused with its name: ${name}`, async () => {
    const path = join(room, name);
    writeFileSync(path, content);
    const { code, stdout, stderr } = await replay([path]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^Cannot replay ".*": /);
    assert.ok(stderr.includes(name) && !stderr.includes("    at "));
  });
}

for (
  const [name, args, message] of [
    ["a missing file", [join(room, "missing.jsonl")], /Cannot read ".*missing.jsonl": there is no such file/],
    ["no file", [], /missing required argument/],
    ["a wrong condition", [log, "--fail-if", "flips>many"], /write "flips>2%" or "cost>10%"/],
    ["an unknown option", [log, "--fail"], /unknown option/],
  ] as const
) {
  test(`${name} is wrong use`, async () => {
    const { code, stdout, stderr } = await replay([...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  });
}

test("a condition on a cost that cannot be known is wrong use", async () => {
  const { CUSTOM_BASE_URL = "" } = settings;
  const unpriced = Object.fromEntries(Object.entries(settings).filter(([name]) => !name.endsWith("_PRICE")));
  const { code, stderr } = await replay([log, "--fail-if", "cost>1%"], { ...unpriced, CUSTOM_BASE_URL });
  assert.equal(code, 2);
  assert.match(stderr, /no request of the log has a known cost/);
});
