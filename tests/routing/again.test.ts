import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage, ChatRequest } from "../../src/protocols/protocol.ts";
import type { Capability } from "../../src/providers/models.ts";
import { createTarget, type Target } from "../../src/providers/target.ts";
import { type Again, createAgain, nameNow, type Past } from "../../src/routing/again.ts";
import { createJudge } from "../../src/routing/judge.ts";
import type { Lower } from "../../src/routing/keep.ts";
import type { Preference } from "../../src/routing/prefer.ts";
import { createRouter, type Grounds, type Tier } from "../../src/routing/route.ts";
import { createMemorySessions } from "../../src/routing/session.ts";
import { createChance } from "../support/chance.ts";

function targetOf(model: string, known: { can?: Capability[]; context?: number } = {}): Target {
  const { can, context } = known;
  return createTarget({
    ...{ provider: "custom", model, baseUrl: "http://127.0.0.1:1/v1", apiKey: undefined },
    ...{ refuses: [], headers: {}, extraBody: {}, can, context },
  }, { timeoutSeconds: undefined, streamUsage: true });
}

const tierOf = (name: string, ...targets: Target[]): Tier => ({ name, targets, configured: true });
const LABELS = ["low", "mid", "high", "top"];
const TIERS = [
  tierOf("low", targetOf("l", { can: [] }), targetOf("l2", { can: [] })),
  tierOf("mid", targetOf("m", { can: ["tools"], context: 3000 }), targetOf("m2")),
  tierOf("high", targetOf("h")),
  tierOf("top", targetOf("t"), targetOf("h")),
];

interface Owner {
  tiers: readonly Tier[];
  tierMap: ReadonlyMap<string, string>;
  preference: Preference;
  lower: Lower;
}

const OWNER: Owner = {
  tiers: TIERS,
  tierMap: new Map(),
  preference: { unsure: "argmax", unsureBelow: 0.6, costBias: 0 },
  lower: "confident",
};

/** Probabilities that follow from the words alone, sure and unsure ones. */
function labelsOf(text: string): Record<string, number> {
  const chance = createChance([...text].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) | 0, 7));
  const weights = LABELS.map(() => chance() ** 4 + 0.01);
  const total = weights.reduce((sum, one) => sum + one, 0);
  return Object.fromEntries(LABELS.map((label, at) => [label, (weights[at] ?? 0) / total]));
}

function routerOf({ tiers, tierMap, preference, lower }: Owner) {
  const classify = (text: string) => {
    const probabilities = labelsOf(text);
    const confidence = Math.max(...Object.values(probabilities));
    const reason = text.trim() === "" ? "empty" as const : "static" as const;
    return Promise.resolve({ tier: "", confidence, flagged: confidence < 0.6, probabilities, reason });
  };
  return createRouter({
    judge: createJudge({ classify, tiers: tiers.map(({ name }) => name), tierMap, preference }),
    sessions: createMemorySessions({ ttlSeconds: 1e9, entries: 1e6, now: () => 0 }),
    lower,
    tiers,
    modelName: "virtusoul-v1",
    now: () => 0,
  });
}

interface Asked {
  chat: ChatRequest;
  sessionId: string | undefined;
  min: string | undefined;
  max: string | undefined;
  /** Nobody answered. */
  lost: boolean;
}

const WORDS = ["prove", "design", "colour", "tree", "list", "translate", "kernel", "why", "poem", "integral", "sum"];

/** Conversations as they come in a day: human turns, tool loops, failing tools, bounds, names, images. */
function trafficOf(seed: number, { followUps }: { followUps: boolean }): Asked[] {
  const chance = createChance(seed);
  const one = <T>(values: readonly T[]): T => values[Math.floor(chance() * values.length)] as T;
  const words = () => Array.from({ length: 3 + Math.floor(chance() * 5) }, () => one(WORDS)).join(" ");
  return Array.from({ length: 12 }, (_, number) => {
    const messages: ChatMessage[] = [];
    const sessionId = chance() < 0.4 ? `session ${number}` : undefined;
    const length = 1 + Math.floor(chance() * 7);
    return Array.from({ length }, (): Asked => {
      if (chance() < 0.4 && messages.length > 1) {
        messages.push({
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "shell", arguments: "{}" } }],
        }, { role: "tool", tool_call_id: "c", content: chance() < 0.7 ? "Error: no such file" : "fine" });
      } else {
        if (messages.length > 0) messages.push({ role: "assistant", content: "well" });
        const said = followUps && chance() < 0.3 ? "continue" : chance() < 0.05 ? "" : words();
        const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
        const content = chance() < 0.1 ? [{ type: "text", text: said }, image] : said;
        messages.push({ role: "user", content });
      }
      const bounded = chance() < 0.2;
      return {
        chat: {
          model: chance() < 0.1 ? one(LABELS) : "auto",
          messages: [...messages],
          ...(chance() < 0.1 && { max_tokens: 3500 }),
        },
        sessionId,
        min: bounded && chance() < 0.5 ? one(["low", "mid"]) : undefined,
        max: bounded ? one(["mid", "high"]) : undefined,
        lost: chance() < 0.1,
      };
    });
  }).flat();
}

interface Made {
  past: Past | undefined;
  tier: string | undefined;
  answered: string | undefined;
}

/** Routes all, and notes what a log would. `another`: sometimes the second target answers. */
async function route(traffic: readonly Asked[], owner: Owner, another: boolean): Promise<Made[]> {
  const router = routerOf(owner);
  const chance = createChance(99);
  const made: Made[] = [];
  for (const { chat, sessionId, min, max, lost } of traffic) {
    const falls = chance() < 0.2 && another;
    const decision = await router.route(chat, { client: "", sessionId, min, max }).catch(() => undefined);
    if (!decision) {
      made.push({ past: undefined, tier: undefined, answered: undefined });
      continue;
    }
    const { tier, grounds, session, targets } = decision;
    const answered = lost ? undefined : (falls ? targets[1] ?? targets[0] : targets[0])?.name;
    if (answered !== undefined) await router.settle(decision, answered);
    const past = { tier, grounds, session: session?.key, targets: targets.map(({ name }) => name), answered };
    made.push({ past, tier, answered });
  }
  return made;
}

test("under the same settings every decision is made as it was, and by the same model", async () => {
  let decisions = 0;
  const reasons = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const made = await route(trafficOf(seed, { followUps: true }), OWNER, true);
    const again = createAgain(OWNER);
    for (const { past, tier, answered } of made) {
      if (!past) continue;
      const now = again(past);
      assert.equal(now?.tier, tier, `seed ${seed}: ${JSON.stringify(past)}`);
      assert.equal(now?.target.name, answered ?? past.targets[0], `seed ${seed}: ${JSON.stringify(past)}`);
      decisions++;
      reasons.add(past.grounds.by);
    }
  }
  assert.ok(decisions > 1000);
  for (const by of ["static", "direct", "tool_loop", "stuck", "follow_up", "empty"]) assert.ok(reasons.has(by), by);
});

const OTHERS: [string, Partial<Owner>][] = [
  ["UNSURE=up", { preference: { unsure: "up", unsureBelow: 0.8, costBias: 0 } }],
  ["UNSURE=medium", { preference: { unsure: "medium", unsureBelow: 0.7, costBias: 0 } }],
  ["COST_BIAS=0.7", { preference: { ...OWNER.preference, costBias: 0.7 } }],
  ["COST_BIAS=-0.7", { preference: { ...OWNER.preference, costBias: -0.7 } }],
  ["SESSION_LOWER=never", { lower: "never" }],
  ["SESSION_LOWER=always", { lower: "always" }],
  ["models that can other things", {
    tiers: TIERS.map((tier, at) => at === 1 ? tierOf("mid", targetOf("new", { can: [], context: 100 })) : tier),
  }],
  ["other models", { tiers: TIERS.map(({ name }) => tierOf(name, targetOf(`new-${name}`))) }],
];
for (const [name, change] of OTHERS) {
  test(`a replay under ${name} says what routing the same traffic under it says`, async () => {
    const owner = { ...OWNER, ...change };
    let [compared, changed] = [0, 0];
    for (let seed = 100; seed < 130; seed++) {
      const traffic = trafficOf(seed, { followUps: false });
      const [before, after] = [await route(traffic, OWNER, false), await route(traffic, owner, false)];
      // What one of them refused would leave the other's conversations behind.
      if ([...before, ...after].some(({ past }) => !past)) continue;
      const again = createAgain(owner);
      for (const [at, { past, tier }] of before.entries()) {
        const now = past && again(past);
        assert.equal(now?.tier, after[at]?.tier, `seed ${seed}, ${at}: ${JSON.stringify(past)}`);
        assert.equal(now?.target.name, after[at]?.past?.targets[0], `seed ${seed}, ${at}: ${JSON.stringify(past)}`);
        compared++;
        if (now?.tier !== tier || now?.target.name !== past?.targets[0]) changed++;
      }
    }
    assert.ok(compared > 100 && changed > 5, `${changed} of ${compared} changed`);
  });
}

const GROUNDS: Grounds = {
  ...{ by: "static", labels: { low: 0.1, mid: 0.2, high: 0.6, top: 0.1 }, says: true, known: undefined },
  ...{ needs: { capabilities: [], tokens: 10 }, min: undefined, max: undefined },
};
const pastOf = (grounds: Partial<Grounds>, more: Partial<Past> = {}): Past => ({
  ...{ tier: "high", session: undefined, targets: ["custom/h"], answered: "custom/h" },
  ...more,
  grounds: { ...GROUNDS, ...grounds },
});
const shown = (again: Again | undefined) => again && `${again.tier} ${again.target.model}`;

test("other tiers: labels lead to them by TIER_MAP, and so do the names of tiers and bounds that are no more", () => {
  const tiers = [tierOf("small", targetOf("s")), tierOf("large", targetOf("x"))];
  const tierMap = new Map([["low", "small"], ["mid", "small"], ["high", "large"], ["top", "large"]]);
  const again = createAgain({ ...OWNER, tiers, tierMap });
  assert.equal(shown(again(pastOf({}))), "large x");
  assert.equal(shown(again(pastOf({ max: "mid" }))), "small s");
  assert.equal(shown(again(pastOf({ by: "direct", labels: undefined }, { tier: "mid" }))), "small s");
  assert.equal(shown(again(pastOf({ by: "tool_loop", labels: undefined, known: "top" }))), "large x");
  assert.equal(nameNow("mid", ["small", "large"], tierMap), "small");
  assert.equal(nameNow("mid", ["mid", "large"], tierMap), "mid");
  assert.equal(nameNow("other", ["small"], tierMap), undefined);
});

for (
  const [name, grounds, tier] of [
    ["a tier that is no more", { by: "direct", labels: undefined }, "gone"],
    ["a bound that is no more", { min: "gone" }, "high"],
    ["bounds that have crossed", { min: "top", max: "low" }, "high"],
    ["a task whose tier is no more", { by: "tool_loop", labels: undefined, known: "gone" }, "high"],
    ["more tokens than any model takes", { needs: { capabilities: [], tokens: 1e9 } }, "high"],
  ] as const
) {
  test(`a request with ${name} would be refused`, () => {
    const bounded = createAgain({
      ...OWNER,
      tiers: TIERS.map((one) => tierOf(one.name, targetOf("x", { context: 1000 }))),
    });
    assert.equal(bounded(pastOf(grounds, { tier })), undefined);
  });
}

test("who answered stays as long as the same targets are tried in the same order, else the first one answers", () => {
  const tiers = (...targets: Target[]) => TIERS.map((tier) => tier.name === "high" ? tierOf("high", ...targets) : tier);
  const [a, b] = [targetOf("a"), targetOf("b")];
  const past = pastOf({}, { targets: ["custom/a", "custom/b"], answered: "custom/b" });
  const by = (...targets: Target[]) => shown(createAgain({ ...OWNER, tiers: tiers(...targets) })(past));
  assert.equal(by(a, b), "high b");
  assert.equal(by(b, a), "high b");
  assert.equal(by(a), "high a");
  assert.equal(by(targetOf("c"), a, b), "high c");
});
