import type { ChatRequest, Destination, WireRequest } from "../protocol.ts";
import { listed } from "../dropped.ts";
import { isObject, without } from "../json.ts";
import { shapeMessages } from "./messages.ts";
import { QUIRKS } from "./quirks.ts";
import { refuseUnknown, shapeToolChoice } from "./refusals.ts";

/** A request under way to a vendor: what is left to send, and what could not be carried over. */
export interface Draft {
  /** A shallow copy: what is replaced here is not replaced in the client's request. */
  body: Record<string, unknown>;
  destination: Destination;
  /** Leaves a field out and names it, when it is there. */
  drop: (field: string) => void;
  /** Sentences for the system prompt, for what the vendor has no field for. */
  notes: string[];
}

/**
 * ChatRequest → what an OpenAI-shaped vendor takes, by its dialect. The input is not changed; parts that stay the same
 * are shared with it. Throws RouterError 400 when dropping a field would change what the client asked for.
 */
export function buildRequest(chat: ChatRequest, destination: Destination): WireRequest {
  const { dialect, refuses, extraBody, provider } = destination;
  const dropped = new Set<string>();
  const draft = createDraft(chat, destination, dropped);
  const { body } = draft;
  for (const field of refuses) draft.drop(field);
  const stream = chat.stream === true;
  const wantsUsage = stream && chat.stream_options?.include_usage === true;
  shapeStreamOptions(draft, stream, (field) => dropped.add(field));
  renameLimit(draft);
  if (dialect.accepts) {
    refuseUnknown(draft);
    shapeToolChoice(draft);
  }
  shapeValues(draft);
  for (const quirk of dialect.quirks ?? []) QUIRKS[quirk]?.(draft);
  shapeFields(draft);
  // What was added or renamed on the way is refused as well; nobody misses usage that only we asked for.
  if (refuses.includes("stream_options")) delete body.stream_options;
  for (const field of refuses) draft.drop(field);
  const messages = shapeMessages(chat.messages, destination, (field) => dropped.add(field));
  const notes = draft.notes.map((content) => ({ role: "system", content }));
  body.messages = notes.length === 0 ? messages : [...notes, ...messages];
  const exchange = { wantsUsage, fixToolFinish: provider !== "openai", created: 0, newCallId: () => "" };
  return { body: { ...body, ...extraBody }, headers: {}, dropped: listed(dropped), exchange };
}

function createDraft(chat: ChatRequest, destination: Destination, dropped: Set<string>): Draft {
  const fields = Object.entries({ ...chat, model: destination.model }).filter(([, value]) => value !== null);
  const body: Record<string, unknown> = Object.fromEntries(fields);
  if (Array.isArray(body.tools) && body.tools.length === 0) {
    delete body.tools;
    delete body.tool_choice;
  }
  const drop = (field: string) => {
    if (!Object.hasOwn(body, field)) return;
    dropped.add(field);
    delete body[field];
  };
  return { body, destination, drop, notes: [] };
}

/** `stream_options` only goes with streams, and only to vendors that know it; usage is asked for when we want it. */
function shapeStreamOptions({ body, destination }: Draft, stream: boolean, note: (field: string) => void): void {
  const { dialect, streamUsage } = destination;
  if (!stream || dialect.streamUsage === "always") {
    delete body.stream_options;
    return;
  }
  const asked = isObject(body.stream_options) ? body.stream_options : {};
  const unknown = dialect.streamOptions
    ? Object.keys(asked).filter((key) => !dialect.streamOptions?.includes(key))
    : [];
  for (const key of unknown) note(`stream_options.${key}`);
  const known = without(asked, unknown);
  if (streamUsage) body.stream_options = { ...known, include_usage: true };
  else if (Object.keys(known).length > 0) body.stream_options = known;
  else delete body.stream_options;
}

/** One limit under the name that the vendor knows. */
function renameLimit({ body, destination: { dialect } }: Draft): void {
  const name = dialect.maxTokens;
  if (!name) return;
  const other = name === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  if (!(other in body)) return;
  body[name] ??= body[other];
  delete body[other];
}

/** Values in the vendor's spelling; those that it does not know are left out. */
function shapeValues({ body, destination: { dialect }, drop }: Draft): void {
  for (const [field, spellings] of Object.entries(dialect.spellings ?? {})) {
    const value = body[field];
    if (typeof value === "string" && Object.hasOwn(spellings, value)) body[field] = spellings[value];
  }
  for (const [field, known] of Object.entries(dialect.values ?? {})) if (!known.includes(body[field])) drop(field);
}

/** Fields under the vendor's names; those that it does not know are left out. */
function shapeFields({ body, destination: { dialect }, drop }: Draft): void {
  for (const [from, to] of Object.entries(dialect.renames ?? {})) {
    if (!(from in body)) continue;
    body[to] ??= body[from];
    delete body[from];
  }
  const { accepts } = dialect;
  if (!accepts) return;
  for (const field of Object.keys(body)) if (!accepts.includes(field)) drop(field);
}
