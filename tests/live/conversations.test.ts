import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { post, type Running, startRouter } from "../support/subject.ts";

/** One conversation: requests in their order, and what is expected of each. */
interface Conversation {
  name: string;
  requests: {
    request: Record<string, unknown> & { model?: string };
    headers?: Record<string, string>;
    expect: { tiers: string[]; reasons?: string[]; ask?: string };
  }[];
}

const file = new URL("../fixtures/conversations.jsonl", import.meta.url);
const conversations: Conversation[] = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));

let router: Running;
before(async () => {
  // Here it is the judgement that counts, however slow the machine.
  router = await startRouter({ environment: { CLASSIFY_DEADLINE_MS: "20000" } });
  while ((await (await fetch(`${router.url}/health`)).json()).status === "starting") {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
after(() => router.stop());

test("there are sixty conversations and more", () => assert.ok(conversations.length >= 60));

for (const { name, requests } of conversations) {
  test(`conversation: ${name}`, async () => {
    const tiers: string[] = [];
    for (const { request, headers, expect } of requests) {
      const chat = { model: "auto", ...request };
      if (expect.ask !== undefined) {
        const { ask } = await (await post(`${router.url}/explain`, chat, headers)).json();
        assert.equal(ask, expect.ask);
      }
      const response = await post(`${router.url}/v1/chat/completions`, chat, headers);
      const body = await response.text();
      assert.equal(response.status, 200, body);
      const { tier, reason } = JSON.parse(body)._virtusoul;
      const said = JSON.stringify({ tier, reason, expect, asked: chat.model });
      assert.ok(expect.tiers.includes(tier), said);
      assert.ok(expect.reasons?.includes(reason) ?? true, said);
      // A task that runs keeps its tier.
      if (reason === "tool_loop") assert.equal(tier, tiers.at(-1), said);
      tiers.push(tier);
    }
  });
}
