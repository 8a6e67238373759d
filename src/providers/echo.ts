import { partsOfReply } from "../protocols/openai/whole.ts";
import type { ChatMessage, ChatReply, ChatRequest, Exchange, StreamPart } from "../protocols/protocol.ts";
import { readyParts } from "./parts.ts";
import type { Reply, SendContext } from "./send.ts";

interface EchoParts {
  /** Seconds since 1970. */
  now: () => number;
  newId: () => string;
}

/** The longest part of the prompt that is echoed, characters. */
const MAX_ECHO = 2000;

/** The built-in provider: says what it was asked and how that was routed, without any network. */
export function createEchoSend({ now, newId }: EchoParts) {
  return (model: string, chat: ChatRequest, { routing }: SendContext): Reply => {
    const asked = lastText(chat.messages);
    const content = `You asked: ${asked}\n\nThis is the router's built-in echo: no model was called. ` +
      `The request was routed to the tier "${routing.tier}" (confidence ${routing.confidence.toFixed(3)}, ` +
      `reason "${routing.reason}").`;
    const body = replyOf({ id: `chatcmpl-${newId()}`, created: Math.floor(now()), model, content, asked });
    if (chat.stream !== true) return { kind: "whole", body, headers: {}, dropped: [] };
    const exchange = { wantsUsage: chat.stream_options?.include_usage === true };
    return { kind: "stream", parts: readyParts(wordByWord(body, content, exchange)), headers: {}, dropped: [] };
  };
}

function replyOf(
  { content, asked, ...reply }: { id: string; created: number; model: string; content: string; asked: string },
): ChatReply {
  // Words stand for tokens: nothing is billed here.
  const [prompt, completion] = [words(asked).length, words(content).length];
  return {
    ...reply,
    object: "chat.completion",
    choices: [{
      index: 0,
      message: { role: "assistant", content, refusal: null },
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

function wordByWord(body: ChatReply, content: string, exchange: Pick<Exchange, "wantsUsage">): StreamPart[] {
  return partsOfReply(body, exchange).flatMap((part): StreamPart[] => {
    if (part.type !== "chunk") return [part];
    const chunk = JSON.parse(part.data);
    if (chunk.choices[0]?.delta.content !== content) return [part];
    return words(content).map((word) => {
      chunk.choices[0].delta.content = word;
      return { type: "chunk", data: JSON.stringify(chunk) };
    });
  });
}

/** The text's words, each with the white space that follows it: joined they are the text. */
function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

function lastText(messages: readonly ChatMessage[]): string {
  const content = messages.findLast(({ role }) => role === "user")?.content;
  const text = typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join(" ");
  // Half a character, by the client or by the cut, would break whoever decodes it strictly.
  return (text.length > MAX_ECHO ? `${text.slice(0, MAX_ECHO)}…` : text).toWellFormed();
}
