import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { said } from "../support/said.ts";
import { post, type Running, runProgram, startRouter } from "../support/subject.ts";

let router: Running;
before(async () => {
  router = await startRouter({ environment: { FEEDBACK: "on" } });
});
after(() => router.stop());

const TIERS = ["simple", "medium", "complex", "reasoning"] as const;
/** Small, and turned upside down: what a head learns from them shows at once. */
const reversed = [
  ...["hi", "what year is it", "spell cat", "is ice cold", "what is a dog", "how tall is Everest"].map((text) => ({
    text,
    tier: "reasoning",
  })),
  ...[
    "explain tides",
    "summarise this email",
    "how do magnets work",
    "write a limerick",
    "compare tea and coffee",
    "list ten birds",
  ]
    .map((text) => ({ text, tier: "complex" })),
  ...[
    "build me a whole online shop",
    "plan our migration to the cloud",
    "design a game with ten levels",
    "write a full course on law",
    "set up our platform with billing",
    "draft a business plan",
  ]
    .map((text) => ({ text, tier: "medium" })),
  ...[
    "prove there are infinitely many primes",
    "prove the sum is even",
    "derive the bound and prove it",
    "show no such graph exists",
    "find the optimal strategy",
    "prove this loop terminates",
  ]
    .map((text) => ({ text, tier: "simple" })),
];
const retrain = (body: unknown) => post(`${router.url}/retrain`, body);
const raw = (path: string, body: string, type: string) =>
  fetch(router.url + path, { method: "POST", body, headers: { "content-type": type } });
const tierOf = async (text: string) => (await (await post(`${router.url}/classify`, { text })).json()).tier;
const lines = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");

test("the gate refuses a worse head, force swaps it in, and rollback brings the old one back", async () => {
  assert.equal(await tierOf("Hello"), "simple");
  const refused = await (await retrain({ examples: reversed, mode: "replace" })).json();
  assert.equal(refused.accepted, false);
  assert.match(refused.reason, /^refused: /);
  assert.ok(
    refused.flipped.length > 0 &&
      refused.flipped.every((one: { tier: string; judged: string }) => one.tier !== one.judged),
  );
  assert.equal(existsSync(`${router.folder}/data/head.json`), false);
  assert.equal(await tierOf("Hello"), "simple");

  const forced = await (await retrain({ examples: reversed, mode: "replace", force: true })).json();
  assert.equal(forced.accepted, true);
  assert.deepEqual(forced.samples_per_tier, { simple: 6, medium: 6, complex: 6, reasoning: 6 });
  assert.deepEqual(Object.keys(forced.confusion), [...TIERS]);
  assert.equal(await tierOf("Hello"), "reasoning");
  assert.equal(readFileSync(`${router.folder}/data/examples/retrain.jsonl`, "utf8").trim().split("\n").length, 24);

  const back = await (await retrain({ rollback: true })).json();
  assert.equal(back.accepted, true);
  assert.equal(await tierOf("Hello"), "simple");
  const again = await (await retrain({ rollback: true })).json();
  assert.equal(again.accepted, false);
});

test("a dry run changes nothing, in every format", async () => {
  for (
    const [body, type] of [
      [JSON.stringify({ examples: reversed, mode: "replace", dry_run: true, force: true }), "application/json"],
      [lines(reversed), "application/x-ndjson"],
      [`text,tier\n${reversed.map(({ text, tier }) => `"${text}",${tier}`).join("\n")}`, "text/csv"],
    ] as const
  ) {
    const query = type === "application/json" ? "" : "?mode=replace&dry_run=true&force=1";
    const response = await raw(`/retrain${query}`, body, type);
    const report = await response.json();
    assert.equal(response.status, 200, JSON.stringify(report));
    assert.equal(report.accepted, false);
    assert.match(report.reason, /dry run|would be refused/);
  }
  assert.equal(await tierOf("Hello"), "simple");
});

test("a bad row is refused with its number and cause, and nothing is half-applied", async () => {
  for (
    const [body, type, words] of [
      [
        JSON.stringify({ examples: [{ text: "a", tier: "simple" }, { text: 5, tier: "simple" }] }),
        "application/json",
        /row 2.*text/s,
      ],
      [JSON.stringify({ examples: [{ text: "a", tier: "huge" }] }), "application/json", /"huge" is none of simple/],
      [JSON.stringify({ examples: [], mode: "shrink" }), "application/json", /mode/],
      [JSON.stringify({ examples: [], turbo: true }), "application/json", /turbo/],
      ['{"text": "a", "tier": "simple"}\n{"text": "b"', "application/jsonl", /row 2.*not JSON/s],
      ["prompt,tier\na,simple", "text/csv", /no column "text"/],
    ] as const
  ) {
    const response = await raw("/retrain", body, type);
    const { error } = await response.json();
    assert.equal(response.status, 400);
    assert.equal(error.code, "invalid_value");
    assert.match(error.message, words);
  }
  assert.equal((await raw("/retrain", "x", "text/plain")).status, 415);
  assert.equal((await raw("/retrain", "{", "application/json")).status, 400);
});

test("two at once: the second is told that the first is under way", async () => {
  const body = { examples: reversed, mode: "replace", dry_run: true };
  const both = await Promise.all([retrain(body), retrain(body)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
});

test("a page of another origin may neither retrain nor give feedback", async () => {
  for (const path of ["/retrain", "/feedback"]) {
    const nonsense = { nonsense: true };
    const foreign = await post(router.url + path, nonsense, { origin: "https://evil.example" });
    assert.equal(foreign.status, 403);
    assert.equal((await post(router.url + path, nonsense, { origin: router.url })).status, 400);
  }
});

test("feedback by text or request id is kept for the next retraining", async () => {
  const chat = await post(`${router.url}/v1/chat/completions`, {
    model: "auto",
    messages: [{ role: "user", content: "water my ferns" }],
  });
  const request_id = chat.headers.get("x-request-id");
  await chat.json();
  const feedback = (body: unknown) => post(`${router.url}/feedback`, body);
  assert.equal((await feedback({ request_id, tier: "medium" })).status, 202);
  assert.equal((await feedback({ text: "feed my cat", tier: "simple" })).status, 202);
  assert.equal((await feedback({ request_id: "req_nobody", tier: "simple" })).status, 404);
  assert.equal((await feedback({ text: "x", tier: "huge" })).status, 400);
  assert.equal((await feedback({ tier: "simple" })).status, 400);
  const kept = readFileSync(`${router.folder}/data/examples/feedback.jsonl`, "utf8").trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.deepEqual(kept, [{ text: "water my ferns", tier: "medium" }, { text: "feed my cat", tier: "simple" }]);
});

test("feedback is off unless it was turned on", async () => {
  const other = await startRouter();
  const response = await post(`${other.url}/feedback`, { text: "a", tier: "simple" });
  assert.equal(response.status, 403);
  assert.equal((await response.json()).error.code, "disabled");
  await other.stop();
});

test("a damaged head file is left alone, and the shipped head serves with a warning", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heads-"));
  for (const content of ["{", "{}", '{"format": 1}', "shipped\n"]) {
    writeFileSync(join(folder, "head.json"), content);
    const other = await startRouter({ environment: { DATA_DIR: folder } });
    const { tier } = await (await post(`${other.url}/classify`, { text: "Hello" })).json();
    assert.equal(tier, "simple");
    await said(other.stderr, /Cannot use .*head\.json/);
    await other.stop();
    assert.equal(readFileSync(join(folder, "head.json"), "utf8"), content);
  }
  rmSync(folder, { recursive: true });
});

test("killed while it retrains, it starts again with a whole head", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heads-"));
  for (const after of [5, 150, 400]) {
    const other = await startRouter({ environment: { DATA_DIR: folder } });
    const answer = post(`${other.url}/retrain`, { examples: reversed, mode: "replace", force: true }).catch(() =>
      undefined
    );
    await new Promise((resolve) => setTimeout(resolve, after));
    await other.stop("SIGKILL");
    await answer;
    const next = await startRouter({ environment: { DATA_DIR: folder } });
    const { tier } = await (await post(`${next.url}/classify`, { text: "Hello" })).json();
    assert.ok(["simple", "reasoning"].includes(tier), tier);
    assert.ok(!next.stderr().includes("Cannot use"), next.stderr());
    await next.stop();
  }
  rmSync(folder, { recursive: true });
});

test("the command retrains on labels of the owner's own, before any tier uses them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heads-"));
  const file = join(folder, "mine.jsonl");
  mkdirSync(join(folder, "data"));
  writeFileSync(
    file,
    lines(reversed.map(({ text, tier }) => ({ text, tier: TIERS.indexOf(tier as "simple") < 2 ? "small" : "large" }))),
  );
  const environment = { DATA_DIR: join(folder, "data") };
  const done = await runProgram(["retrain", file, "--mode", "replace", "--json"], { environment });
  const report = JSON.parse(done.stdout);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(report.samples_per_tier, { large: 12, small: 12 });
  assert.equal(report.cv_accuracy_before, null);
  assert.deepEqual(JSON.parse(readFileSync(join(folder, "data/head.json"), "utf8")).labels, ["large", "small"]);
  const wrong = await runProgram(["retrain", join(folder, "none.jsonl")], { environment });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^Cannot read ".*none\.jsonl": there is no such file\n$/);
  rmSync(folder, { recursive: true });
});
