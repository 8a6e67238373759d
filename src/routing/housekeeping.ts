import type { ChatMessage } from "../protocols/protocol.ts";
import { textOf } from "./ask.ts";

/**
 * How chat programs ask for a title, tags, a summary for themselves or "what might the user ask next": work that any
 * model can do. Matched within the first system message or the last user message. Sources: the programs' public prompts.
 */
const SIGNS: readonly { sign: RegExp; source: string }[] = [
  {
    sign:
      /### Task:\s*(?:Generate a concise|Generate 1-3 broad tags|Suggest 3-5 relevant follow-up|Analyze the chat history to determine the necessity)/i,
    source: "Open WebUI",
  },
  { sign: /autocompletion system.{0,80}(?:continue the text|completion)/is, source: "Open WebUI" },
  {
    sign:
      /\b(?:\d+|two|three|four|five|six|seven|few)[- ](?:to [- ]?\w+[- ]|\d+[- ])?words?(?:-or-less)?,? (?:or (?:less|fewer) )?title\b/i,
    source: "LibreChat, Claude Code, Zed, Continue",
  },
  {
    sign:
      /\b(?:generate|write|create|come up with|give|suggest|provide)\b[^.\n]{0,60}\b(?:short|brief|concise|descriptive)\b[^.\n]{0,30}\b(?:title|name)\b[^.\n]{0,40}\b(?:conversation|chat|thread|session|discussion|coding)\b/i,
    source: "Zed, OpenCode, Jan, Msty",
  },
  {
    sign: /\b(?:title|name) (?:for|of|to) (?:this|the|our) (?:following )?(?:conversation|chat|thread|discussion)\b/i,
    source: "Chatbox, OpenCode, Jan",
  },
  { sign: /\bfour to five word title summarizing our conversation\b/i, source: "NextChat" },
  {
    sign: /使用四到五个字直接返回|简短地?总结一下对话内容|(?:总结|概括)为[^。\n]{0,12}字以?内的?(?:会话|对话)?标题/,
    source: "NextChat, LobeChat, Cherry Studio",
  },
  {
    sign: /summarize the discussion briefly in 200 words or less to use as a prompt for future context/i,
    source: "NextChat",
  },
  { sign: /summarize this coding conversation in under 50 characters/i, source: "Claude Code" },
  { sign: /if this message indicates a new conversation topic/i, source: "Claude Code" },
  { sign: /you are a title generator/i, source: "OpenCode" },
  {
    sign:
      /\bsuggest(?:ed)? (?:\d+|three|some|a few)?[^.\n]{0,30}\bfollow[- ]?up (?:questions|prompts)\b[^.\n]{0,60}\b(?:user|conversation|chat)\b/i,
    source: "Open WebUI, LobeChat",
  },
];

/** Prompts that look for more than a program's own note are longer in what they ask, not shorter. */
const MOST_TURNS = 60;
const LOOKED_AT = 4000;

/** The request is a chat program's own note-keeping: a title, tags, a summary, suggestions. */
export function isHousekeeping(messages: readonly ChatMessage[], tools: unknown): boolean {
  // Whoever offers tools wants work done.
  if (messages.length > MOST_TURNS || (Array.isArray(tools) && tools.length > 0)) return false;
  const system = messages.find(({ role }) => role === "system" || role === "developer");
  const user = messages.findLast(({ role }) => role === "user");
  const parts = [system, user].map((message) => textOf(message?.content));
  // Programs put their instruction before or after the conversation that it is about.
  const texts = parts.flatMap((text) =>
    text.length > 2 * LOOKED_AT ? [text.slice(0, LOOKED_AT), text.slice(-LOOKED_AT)] : [text]
  );
  return texts.some((text) => SIGNS.some(({ sign }) => sign.test(text)));
}
