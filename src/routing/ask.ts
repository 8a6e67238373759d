import type { ChatMessage } from "../protocols/protocol.ts";
import { ASK_TAGS, HARNESS_TAGS, RESULT_STARTS } from "./harness.ts";

/** A conversation as far as it matters for judging it. */
export interface Ask {
  /** What humans asked, oldest first, without what programs added; the last one is what is asked now. */
  turns: readonly string[];
  /** The conversation waits for a tool, or has just heard from one: nothing new was asked. */
  inToolLoop: boolean;
  /** Somebody answered before. */
  answered: boolean;
}

/** Messages → what humans asked in them. Pure. */
export function readAsk(messages: readonly ChatMessage[]): Ask {
  const spoken = trimPrefill(messages);
  const turns: string[] = [];
  // Where the last human turn stands: all that comes after it is the work on it.
  let lastTurn = -1;
  let lastUser = -1;
  spoken.forEach((message, at) => {
    if (message.role !== "user") return;
    const text = humanText(message);
    if (text === undefined) return;
    lastUser = at;
    // An image alone, or blank text: something was sent, but there are no words in it.
    turns.push(text);
    lastTurn = at;
  });
  const after = spoken.slice(lastTurn + 1);
  const works = after.some(({ role, tool_calls }) =>
    role === "tool" || role === "function" || (tool_calls?.length ?? 0) > 0
  );
  const told = lastTurn >= 0 && after.some(({ role }) => role === "user");
  return {
    turns: lastUser < 0 ? [] : turns,
    inToolLoop: works || told,
    answered: messages.some(({ role }) => role === "assistant"),
  };
}

/** The words a request is judged by: the last thing a human asked; empty when there is none. */
export function askOf(messages: readonly ChatMessage[]): string {
  return readAsk(messages).turns.at(-1) ?? "";
}

/** An assistant's message at the end is the start of the reply (prefill), unless it waits for tools. */
function trimPrefill(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = messages.at(-1);
  return last?.role === "assistant" && !last.tool_calls?.length ? messages.slice(0, -1) : messages;
}

/** What a human typed into a user's message; undefined when it holds a program's words alone. */
function humanText({ content }: ChatMessage): string | undefined {
  const text = textOf(content);
  const start = text.trimStart();
  if (RESULT_STARTS.some((result) => result.start.test(start))) return answerWithin(start);
  const typed = stripHarness(text).trim();
  return typed === "" && text.trim() !== "" ? undefined : typed;
}

/** A tool's result may carry what the human said to it. */
function answerWithin(text: string): string | undefined {
  const start = /<(?:feedback|user_message|answer)>/.exec(text);
  if (!start) return undefined;
  const rest = text.slice(start.index + start[0].length);
  const end = rest.search(/<\/(?:feedback|user_message|answer)>/);
  return rest.slice(0, Math.max(end, 0)).trim() || undefined;
}

/** The text of a message's content; parts without text are passed over. */
export function textOf(content: ChatMessage["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).flatMap((part) => part.type === "text" && part.text ? [part.text] : []).join("\n");
}

/** Takes harness blocks out, and the tags around what the human typed off. Linear in the text's length. */
export function stripHarness(text: string): string {
  if (!text.includes("<")) return text;
  let rest = text;
  for (const { tag } of HARNESS_TAGS) rest = withoutBlocks(rest, tag);
  for (const { tag } of ASK_TAGS) rest = rest.replaceAll(`<${tag}>`, "").replaceAll(`</${tag}>`, "");
  return rest;
}

function withoutBlocks(text: string, tag: string): string {
  const [open, close] = [`<${tag}`, `</${tag}>`];
  const kept: string[] = [];
  let done = 0;
  let from = text.indexOf(open);
  while (from >= 0) {
    // Another tag that begins alike is the human's own.
    const isOther = !/^[>\s]$/.test(text[from + open.length] ?? "");
    const end = isOther ? undefined : text.indexOf(close, from);
    // So is one that never ends, and so are all behind it.
    if (end === -1) break;
    if (end !== undefined) {
      kept.push(text.slice(done, from));
      done = end + close.length;
    }
    from = text.indexOf(open, Math.max(from + 1, done));
  }
  return kept.join("") + text.slice(done);
}
