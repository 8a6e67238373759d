import assert from "node:assert/strict";
import { test } from "node:test";
import { isHousekeeping } from "../../src/routing/housekeeping.ts";

const user = (content: string) => ({ role: "user", content });
const system = (content: string) => ({ role: "system", content });
const CHAT = "USER: Design a bank\nASSISTANT: First the ledger";

const NOTES: [string, ReturnType<typeof user>[]][] = [
  ["a title, Open WebUI", [user(`### Task:\nGenerate a concise, 3-5 word title with an emoji.\n${CHAT}`)]],
  ["tags, Open WebUI", [user(`### Task:\nGenerate 1-3 broad tags categorizing the main themes.\n${CHAT}`)]],
  ["follow-ups, Open WebUI", [user(`### Task:\nSuggest 3-5 relevant follow-up questions.\n${CHAT}`)]],
  ["a title, LibreChat", [user(`Provide a concise, 5-word-or-less title for the conversation.\n${CHAT}`)]],
  ["a title after the talk", [user(`${CHAT}\n`.repeat(900) + "Write a short title for this conversation.")]],
  ["a title by a system prompt", [system("You are a title generator. Output only a title."), user("Prove it")]],
  ["a title in Chinese", [user("你好"), user("使用四到五个字直接返回这句话的简要主题")]],
];
const WORK: [string, ReturnType<typeof user>[]][] = [
  ["titles of a book", [user("Suggest ten titles for my novel about a lighthouse")]],
  ["a summary of a text", [user("Summarise this article in three sentences: the harbour was closed")]],
  ["tags in HTML", [user("What are meta tags, and which ones matter?")]],
  ["a title page", [user("Write the title page of my thesis in LaTeX")]],
];

for (const [what, messages] of NOTES) {
  test(`${what}: a program's own note`, () => assert.equal(isHousekeeping(messages, undefined), true));
  test(`${what}, with tools: work`, () => assert.equal(isHousekeeping(messages, [{ type: "function" }]), false));
}
for (const [what, messages] of WORK) {
  test(`${what}: a human's work`, () => assert.equal(isHousekeeping(messages, undefined), false));
}
