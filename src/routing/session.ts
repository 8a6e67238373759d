import type { ChatMessage, ChatRequest } from "../protocols/protocol.ts";
import { hashOf } from "../classifier/cache.ts";
import { textOf } from "./ask.ts";

/** What is remembered of a conversation: no text. */
export interface Session {
  tier: string;
  /** Who answered last, `provider/model`; undefined before the first answer. */
  target?: string;
  /** The tier was raised because the agent was stuck on its present task. */
  stuck?: boolean;
}

/** Where sessions are kept. Forgets by itself: what was not used for `SESSION_TTL`, and the oldest when it is full. */
export interface SessionStore {
  get(key: string): Promise<Session | undefined>;
  set(key: string, session: Session): Promise<void>;
}

interface MemoryBounds {
  /** Asked each time: it may change while sessions are kept. */
  readonly ttlSeconds: number;
  entries: number;
  /** A clock in ms that never runs backwards. */
  now: () => number;
}

/** Sessions in this process's memory: some 300 bytes each. */
export function createMemorySessions(bounds: MemoryBounds): SessionStore & { readonly size: number } {
  const { entries, now } = bounds;
  // A Map remembers the order of insertion: the first key is the one that was not used for longest.
  const kept = new Map<string, { session: Session; usedAt: number }>();
  const expired = (usedAt: number) => now() - usedAt > bounds.ttlSeconds * 1000;
  const forget = () => {
    for (const [key, { usedAt }] of kept) {
      if (kept.size <= entries && !expired(usedAt)) break;
      kept.delete(key);
    }
  };
  return {
    get(key) {
      const found = kept.get(key);
      if (!found || expired(found.usedAt)) return Promise.resolve(undefined);
      kept.delete(key);
      kept.set(key, { session: found.session, usedAt: now() });
      return Promise.resolve(found.session);
    },
    set(key, session) {
      kept.delete(key);
      kept.set(key, { session, usedAt: now() });
      forget();
      return Promise.resolve();
    },
    get size() {
      return kept.size;
    },
  };
}

/** Who asks, as far as it tells conversations apart. */
export interface Caller {
  /** The client's key; empty where none is needed. */
  client: string;
  /** `x-session-id`. */
  sessionId: string | undefined;
}

/**
 * A conversation's key: a hash of the name that the client gave it, else of what does not change while it goes on
 * (client, user, system prompt, first human turn). Undefined: it has just begun, and nothing names it.
 */
export async function sessionKeyOf(
  chat: ChatRequest,
  caller: Caller,
  hash: (text: string) => string | Promise<string> = hashOf,
): Promise<{ key: string; resumes: boolean }> {
  const metadata = chat.metadata as { session_id?: unknown } | null | undefined;
  const named = caller.sessionId ?? (typeof metadata?.session_id === "string" ? metadata.session_id : undefined);
  const parts = named === undefined ? ["begun", ...beginningOf(chat)] : ["named", named];
  const text = [caller.client, ...parts].map((part) => `${part.length}:${part}`).join("");
  const key = await hash(text);
  return { key, resumes: named !== undefined || chat.messages.some(({ role }) => role === "assistant") };
}

/** Long prompts are told apart by their beginning and their length. */
const LOOKED_AT = 20_000;

function beginningOf(chat: ChatRequest): string[] {
  const system = chat.messages.find(({ role }) => role === "system" || role === "developer");
  const first = chat.messages.find(({ role }) => role === "user");
  const user = typeof chat.user === "string" ? chat.user : "";
  return [
    user,
    ...[system, first].map((message) => {
      const text = textOf(message?.content);
      return `${text.length} ${text.slice(0, LOOKED_AT)}`;
    }),
  ];
}

/** How many failures of one tool in a row mean that the model does not get on. */
const STUCK_AFTER = 3;
/** Where a tool's result says that it failed. */
const FAILURE =
  /^\W*(?:error|fail(?:ed|ure)?|exception|traceback|fatal|panic|command failed|permission denied|no such file)\b|\b(?:exit(?:ed)?(?: with)?(?: code| status)?:? [1-9]\d*|Traceback \(most recent call last\)|(?:^|\n)\w*(?:Error|Exception): )|"(?:error|is_error|isError)": ?(?:true|"[^"])/i;
const LOOKED_AT_RESULT = 2000;

/** The same tool failed several times in a row since the last human turn. */
export function isStuck(messages: readonly ChatMessage[]): boolean {
  const names = new Map<string, string>();
  let last = "";
  let failures = 0;
  for (const { role, content, tool_calls: calls, tool_call_id: id, name } of messages) {
    if (role === "user") failures = 0;
    for (const call of calls ?? []) names.set(call.id ?? "", call.function?.name ?? "");
    if (role !== "tool") continue;
    const tool = names.get(id ?? "") ?? (typeof name === "string" ? name : "");
    const failed = FAILURE.test(textOf(content).slice(0, LOOKED_AT_RESULT));
    failures = !failed ? 0 : tool === last ? failures + 1 : 1;
    last = tool;
  }
  return failures >= STUCK_AFTER;
}
