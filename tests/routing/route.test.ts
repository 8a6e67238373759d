import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../src/errors.ts";
import type { ChatMessage, ChatRequest } from "../../src/protocols/protocol.ts";
import type { Capability } from "../../src/providers/models.ts";
import { createTarget, type Target } from "../../src/providers/target.ts";
import type { Opinion } from "../../src/routing/judge.ts";
import { createRouter, type Tier, type Wish } from "../../src/routing/route.ts";
import { createMemorySessions } from "../../src/routing/session.ts";

function targetOf(model: string, known: { can?: Capability[]; context?: number } = {}): Target {
  const config = { provider: "custom", model, baseUrl: "http://127.0.0.1:1/v1", apiKey: undefined };
  const { can, context } = known;
  return createTarget({ ...config, refuses: [], headers: {}, extraBody: {}, can, context }, {
    timeoutSeconds: undefined,
    streamUsage: true,
  });
}

const tierOf = (name: string, ...targets: Target[]): Tier => ({ name, targets, configured: true });

/** Cheapest first. */
const TIERS = [
  tierOf("low", targetOf("l", { can: [] })),
  tierOf("mid", targetOf("m1", { can: ["tools"], context: 1000 }), targetOf("m2", { can: ["vision"], context: 5000 })),
  tierOf("high", targetOf("h", { can: ["vision", "tools"], context: 8000 })),
  tierOf("top", targetOf("t")),
];

const NOBODY: Wish = { client: "", sessionId: undefined, min: undefined, max: undefined };

interface Options {
  lower?: "never" | "confident" | "always";
  tiers?: Tier[];
}

/** A router whose judge says, one after the other, what the test says; the last repeats. */
function setUp(
  opinions: (Partial<Opinion> & { tier: string })[],
  { lower = "confident", tiers = TIERS }: Options = {},
) {
  let time = 1000;
  const asked: string[] = [];
  const left = [...opinions];
  const say = (text: string): Promise<Opinion> => {
    asked.push(text);
    time += 7;
    const said = left.length > 1 ? left.shift() : left[0];
    assert.ok(said, "the judge was asked");
    const usual = { ask: text, confidence: 0.9, flagged: false, reason: "static" as const, probabilities: undefined };
    return Promise.resolve({ ...usual, ...said });
  };
  const now = () => time;
  const router = createRouter({
    judge: { text: say, conversation: ({ messages }) => say(JSON.stringify(messages.at(-1)?.content)) },
    sessions: createMemorySessions({ ttlSeconds: 60, entries: 100, now }),
    lower,
    tiers,
    modelName: "virtusoul-v1",
    now,
  });
  const route = (chat: Partial<ChatRequest>, wish: Partial<Wish> = {}) =>
    router.route({ model: "auto", messages: [{ role: "user", content: "hi" }], ...chat }, { ...NOBODY, ...wish });
  return { route, settle: router.settle, asked };
}

const modelsOf = ({ targets }: { targets: readonly Target[] }) => targets.map(({ model }) => model);

async function refusalOf(promise: Promise<unknown>): Promise<RouterError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof RouterError, String(error));
  return error;
}

for (const { name, targets } of TIERS) {
  test(`a client that names the tier "${name}" gets it, unjudged`, async () => {
    const { route, asked } = setUp([]);
    const decision = await route({ model: name });
    assert.deepEqual([decision.tier, decision.reason, decision.confidence, decision.flagged], [
      name,
      "direct",
      1,
      false,
    ]);
    assert.deepEqual([decision.targets, decision.probabilities, decision.session], [targets, undefined, undefined]);
    assert.deepEqual(asked, []);
  });
}

for (const model of ["auto", "virtusoul-v1"]) {
  test(`"${model}" means: judge it`, async () => {
    const probabilities = { low: 0.1, mid: 0.6, high: 0.2, top: 0.1 };
    const { route, asked } = setUp([{ tier: "mid", confidence: 0.6, flagged: true, reason: "deep", probabilities }]);
    const decision = await route({ model });
    assert.deepEqual([decision.tier, decision.reason, decision.confidence, decision.flagged], [
      "mid",
      "deep",
      0.6,
      true,
    ]);
    assert.deepEqual([decision.probabilities, modelsOf(decision)], [probabilities, ["m1", "m2"]]);
    assert.deepEqual([asked.length, decision.latencyMs], [1, 7]);
  });
}

for (const reason of ["empty", "static", "cached", "deadline", "queue_full", "starting", "unsure", "bias"] as const) {
  test(`the judge's reason "${reason}" is passed on`, async () => {
    assert.equal((await setUp([{ tier: "high", reason }]).route({})).reason, reason);
  });
}

for (const model of ["gpt-4o", "LOW", "", "lo", "virtusoul", "__proto__", "x".repeat(500)]) {
  test(`the model ${JSON.stringify(model.slice(0, 20))} is not known, and the error says which are`, async () => {
    const { route, asked } = setUp([]);
    const { status, code, param, message } = await refusalOf(route({ model }));
    assert.deepEqual([status, code, param], [400, "model_not_found", "model"]);
    assert.match(message, /use one of virtusoul-v1, auto, low, mid, high, top$/);
    assert.ok(message.length < 250);
    assert.deepEqual(asked, []);
  });
}

for (
  const [min, max, judged, tier, reason] of [
    ["mid", undefined, "low", "mid", "bounds"],
    ["mid", undefined, "high", "high", "static"],
    [undefined, "mid", "top", "mid", "bounds"],
    [undefined, "mid", "low", "low", "static"],
    ["mid", "mid", "top", "mid", "bounds"],
    [" MID ", undefined, "low", "mid", "bounds"],
  ] as const
) {
  test(`between ${min ?? "any"} and ${max ?? "any"}, ${judged} becomes ${tier}`, async () => {
    const decision = await setUp([{ tier: judged }]).route({}, { min, max });
    assert.deepEqual([decision.tier, decision.reason], [tier, reason]);
  });
}

for (
  const [min, max, param] of [
    ["middle", undefined, "x-virtusoul-tier-min"],
    [undefined, "gpt-4o", "x-virtusoul-tier-max"],
    ["", undefined, "x-virtusoul-tier-min"],
    ["high", "low", "x-virtusoul-tier-min"],
  ] as const
) {
  test(`bounds from "${min}" to "${max}" are refused, with the header's name`, async () => {
    const { status, code, param: said } = await refusalOf(setUp([{ tier: "low" }]).route({}, { min, max }));
    assert.deepEqual([status, code, said], [400, "invalid_value", param]);
  });
}

const picture = [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }];
const TOOLS = [{ type: "function", function: { name: "f" } }];

for (
  const [what, chat, judged, tier, reason, models] of [
    ["a picture for a tier that is blind", { messages: picture }, "low", "mid", "capability", ["m2"]],
    ["a picture for a tier of which one model sees", { messages: picture }, "mid", "mid", "static", ["m2"]],
    ["tools for a tier of which one model knows them", { tools: TOOLS }, "mid", "mid", "static", ["m1"]],
    ["both for a tier whose models know one each", { messages: picture, tools: TOOLS }, "mid", "high", "capability", [
      "h",
    ]],
    ["a picture for a model of which nothing is known", { messages: picture }, "top", "top", "static", ["t"]],
    ["a reply longer than a window", { max_tokens: 3000 }, "mid", "mid", "static", ["m2"]],
    ["a reply longer than all windows of a tier", { max_completion_tokens: 6000 }, "mid", "high", "capability", ["h"]],
    [
      "a prompt longer than a window",
      { messages: [{ role: "user", content: "a ".repeat(4000) }] },
      "mid",
      "mid",
      "static",
      ["m2"],
    ],
    ["no tools after all", { tools: [] }, "low", "low", "static", ["l"]],
  ] as [string, Partial<ChatRequest>, string, string, string, string[]][]
) {
  test(`${what} is served by ${tier}`, async () => {
    const decision = await setUp([{ tier: judged }]).route(chat);
    assert.deepEqual([decision.tier, decision.reason, modelsOf(decision)], [tier, reason, models]);
  });
}

test("where no stronger tier can, the nearest weaker one that can serves", async () => {
  const tiers = [
    tierOf("low", targetOf("l")),
    tierOf("mid", targetOf("m", { can: ["vision"] })),
    tierOf("high", targetOf("h", { can: [] })),
  ];
  const decision = await setUp([{ tier: "high" }], { tiers }).route({ messages: picture });
  assert.deepEqual([decision.tier, decision.reason], ["mid", "capability"]);
});

test("bounds hold when a capability is looked for", async () => {
  const { status, code, message } = await refusalOf(
    setUp([{ tier: "low" }]).route({ messages: picture }, { max: "low" }),
  );
  assert.deepEqual([status, code], [400, "missing_capability"]);
  assert.match(message, /^No tier can serve this request: custom\/l lacks vision$/);
});

test("a named tier that cannot is not exchanged for another: the error says what it lacks", async () => {
  const { status, code, param, message } = await refusalOf(setUp([]).route({ model: "low", messages: picture }));
  assert.deepEqual([status, code, param], [400, "missing_capability", "vision"]);
  assert.equal(message, 'The tier "low" cannot serve this request: custom/l lacks vision');
});

/** A conversation's nth turn, every earlier one answered. */
function turn(count: number): { messages: ChatMessage[] } {
  const messages = Array.from({ length: count }, (_, at): ChatMessage[] => [
    { role: "user", content: `turn ${at + 1}` },
    { role: "assistant", content: "answer" },
  ]).flat();
  return { messages: messages.slice(0, -1) };
}

const SURELY = { tier: "low", confidence: 0.95 };
const PERHAPS = { tier: "low", confidence: 0.7 };
for (
  const [lower, second, tier, reason] of [
    ["confident", SURELY, "low", "static"],
    ["confident", PERHAPS, "high", "session"],
    ["confident", { ...SURELY, reason: "follow_up" }, "high", "session"],
    ["confident", { ...SURELY, reason: "empty" }, "high", "session"],
    ["never", SURELY, "high", "session"],
    ["always", PERHAPS, "low", "static"],
    ["never", { tier: "top" }, "top", "static"],
    ["never", { tier: "high" }, "high", "static"],
  ] as ["never" | "confident" | "always", Partial<Opinion> & { tier: string }, string, string][]
) {
  test(`SESSION_LOWER ${lower}: after high, ${second.tier} (${second.confidence}, ${second.reason ?? "static"}) makes ${tier}`, async () => {
    const { route, settle } = setUp([{ tier: "high" }, second], { lower });
    await settle(await route(turn(1)), "custom/h");
    const decision = await route(turn(2));
    assert.deepEqual([decision.tier, decision.reason], [tier, reason]);
  });
}

test("another conversation is judged by itself, and so is another client's", async () => {
  const { route, settle } = setUp([{ tier: "high" }, PERHAPS]);
  await settle(await route(turn(1)), "custom/h");
  const other = {
    messages: [{ role: "user", content: "else" }, { role: "assistant" }, { role: "user", content: "x" }],
  };
  assert.equal((await route(other)).tier, "low");
  assert.equal((await route(turn(2), { client: "somebody" })).tier, "low");
  assert.equal((await route(turn(2))).tier, "high");
});

test("a conversation that has a name is known by it from its first turn on", async () => {
  const { route, settle } = setUp([{ tier: "high" }, PERHAPS]);
  await settle(await route(turn(1), { sessionId: "s" }), "custom/h");
  assert.equal((await route({ messages: [{ role: "user", content: "anything" }] }, { sessionId: "s" })).tier, "high");
});

test("a decision that was not carried out is not remembered", async () => {
  const { route } = setUp([{ tier: "high" }, PERHAPS]);
  await route(turn(1));
  assert.equal((await route(turn(2))).tier, "low");
});

test("who answered goes first as long as the tier stays", async () => {
  const { route, settle } = setUp([{ tier: "mid" }, { tier: "mid" }, { tier: "top" }, { tier: "mid" }]);
  await settle(await route(turn(1)), "custom/m2");
  const second = await route(turn(2));
  assert.deepEqual(modelsOf(second), ["m2", "m1"]);
  await settle(second, "custom/m2");
  const third = await route(turn(3));
  assert.deepEqual(modelsOf(third), ["t"]);
});

/** What an agent sends after its tool has answered so often, each time with this. */
function toolLoop(rounds: number, result: string): { messages: ChatMessage[]; tools: unknown[] } {
  const messages: ChatMessage[] = [{ role: "user", content: "turn 1" }];
  for (let round = 0; round < rounds; round++) {
    const id = `call_${round}`;
    messages.push({
      role: "assistant",
      tool_calls: [{ id, type: "function", function: { name: "run", arguments: "{}" } }],
    });
    messages.push({ role: "tool", tool_call_id: id, content: result });
  }
  return { messages, tools: TOOLS };
}

test("while a task is under way its tier and model hold, and nothing is judged", async () => {
  const { route, settle, asked } = setUp([{ tier: "high" }, SURELY]);
  await settle(await route(turn(1)), "custom/h");
  const decision = await route(toolLoop(1, "fine"));
  assert.deepEqual([decision.tier, decision.reason, decision.confidence], ["high", "tool_loop", 1]);
  assert.equal(asked.length, 1);
});

test("an agent whose tool keeps failing gets one tier more, once", async () => {
  const { route, settle } = setUp([{ tier: "mid" }]);
  await settle(await route(turn(1)), "custom/m1");
  const reasons: string[] = [];
  for (const rounds of [1, 2, 3, 4, 5]) {
    const decision = await route(toolLoop(rounds, "Error: no such file"));
    await settle(decision, decision.targets[0]?.name ?? "");
    reasons.push(`${decision.tier} ${decision.reason}`);
  }
  assert.deepEqual(reasons, ["mid tool_loop", "mid tool_loop", "high stuck", "high tool_loop", "high tool_loop"]);
});

test("a chat program's own note-keeping leaves no trace in the conversation", async () => {
  const { route } = setUp([{ tier: "low", reason: "housekeeping" }]);
  const decision = await route({});
  assert.deepEqual([decision.reason, decision.session], ["housekeeping", undefined]);
});
