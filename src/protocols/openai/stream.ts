import type { SseEvent } from "../../sse.ts";
import type { Exchange, StreamPart, Usage } from "../protocol.ts";
import { type Choices, cleanChoice, endOf, failureIn } from "./clean.ts";
import { detailOf, holdsError, statusIn } from "../failure.ts";
import { isObject, type JsonObject, objectIn, objectsIn, sameJson, without } from "../json.ts";
import { usageIn } from "./usage.ts";

type Out = TransformStreamDefaultController<StreamPart>;
type Failure = Omit<StreamPart & { type: "error" }, "type">;

/**
 * Events of an "OpenAI-compatible" upstream → parts that the strictest client accepts. An event that needs no mending
 * keeps its very own text. Ends with one `done` or one `error`.
 */
export function createCleaning(exchange: Exchange): TransformStream<SseEvent, StreamPart> {
  const choices: Choices = new Map();
  const envelope = createEnvelope(exchange);
  let usage: Usage | undefined;
  /** The upstream's own usage chunk, when it is fit to be passed on at the end. */
  let usageText: string | undefined;
  /** An event that is not JSON: the last one was cut, any other is a defect. */
  let broken = false;
  let over = false;

  const fail = (out: Out, failure: Failure) => {
    over = true;
    // What was spent before the failure counts too; an error that comes first must be the first part.
    if (usage && choices.size > 0) out.enqueue({ type: "usage", usage });
    out.enqueue({ type: "error", ...failure });
  };

  const chunkOf = (value: JsonObject, choice: JsonObject): JsonObject => ({
    ...restOfChunk(value),
    ...envelope.fields(),
    object: "chat.completion.chunk",
    choices: [choice],
    ...(exchange.wantsUsage ? { usage: null } : {}),
  });

  const passOn = (chunks: JsonObject[], value: JsonObject, text: string, out: Out) => {
    const [first] = chunks;
    if (!first) return;
    const joined = chunks.length > 1 ? { ...first, choices: chunks.flatMap((chunk) => chunk.choices) } : first;
    const own = unchanged(joined, value, text);
    if (own !== undefined) return out.enqueue({ type: "chunk", data: own });
    for (const chunk of chunks) out.enqueue({ type: "chunk", data: JSON.stringify(chunk) });
  };

  const onValue = (value: JsonObject, text: string, out: Out) => {
    const said = objectsIn(value.choices);
    envelope.read(value, said.length > 0);
    const counted = usageIn(value);
    usage = counted ?? usage;
    if (said.length === 0 && counted) {
      const whole = { ...value, ...envelope.fields(), object: "chat.completion.chunk", choices: [], usage: counted };
      usageText = sameJson(without(whole, ["x_groq"]), value) ? text : undefined;
    }
    const chunks: JsonObject[] = [];
    for (const choice of said) {
      const word = failureIn(choice, choices);
      if (word !== undefined) {
        passOn(chunks, {}, "", out);
        return fail(out, modelFailed(word));
      }
      chunks.push(...cleanChoice(choice, choices, exchange).map((clean) => chunkOf(value, clean)));
    }
    passOn(chunks, value, text, out);
  };

  const end = (out: Out, marked: boolean) => {
    const open = [...choices].filter(([, choice]) => !choice.finished);
    if (choices.size === 0 || (open.length > 0 && !marked)) return fail(out, TRUNCATED);
    over = true;
    for (const choice of open.flatMap(([index, state]) => endOf(index, state))) {
      out.enqueue({ type: "chunk", data: JSON.stringify(chunkOf({}, choice)) });
    }
    if (usage && exchange.wantsUsage) {
      const { id, ...fields } = envelope.fields();
      const chunk = { id, object: "chat.completion.chunk", ...fields, choices: [], usage };
      out.enqueue({ type: "chunk", data: usageText ?? JSON.stringify(chunk) });
    }
    if (usage) out.enqueue({ type: "usage", usage });
    out.enqueue({ type: "done" });
  };

  const onEvent = ({ data, event }: SseEvent, out: Out) => {
    if (broken) return fail(out, invalid("an event that is not JSON"));
    if (data.trim() === "[DONE]") return end(out, true);
    const value = parsed(data);
    const failure = errorIn(value, data, event);
    if (failure) return fail(out, failure);
    if (value === undefined) broken = true;
    else if (isObject(value)) onValue(value, data, out);
    else fail(out, invalid("an event that is no chunk"));
  };

  return new TransformStream({
    transform(event, out) {
      if (over || event.data === "") return;
      try {
        onEvent(event, out);
      } catch {
        // Nested deeper than the machine can follow: no chunk of any vendor's.
        fail(out, invalid("an event that cannot be read"));
      }
    },
    flush(out) {
      if (!over) end(out, false);
    },
  });
}

const TRUNCATED: Failure = {
  status: 502,
  error: {
    message: "Upstream closed the stream before finish_reason",
    type: "server_error",
    param: null,
    code: "upstream_stream_truncated",
  },
};

function invalid(what: string): Failure {
  const error = { message: `The upstream sent ${what}`, type: "upstream_error", param: null, code: "upstream_invalid" };
  return { status: 502, error };
}

function modelFailed(word: string): Failure {
  const message = `The upstream's model failed in the middle of its reply: ${word}`;
  return { status: 502, error: detailOf(502, { error: { message, code: word } }) };
}

/** The error that an event holds: beside its choices, in Groq's own corner, or by the event's name alone. */
function errorIn(value: unknown, data: string, event: string | undefined): Failure | undefined {
  const groq = objectIn(objectIn(value).x_groq).error;
  const said = holdsError(value) ? value : groq ? { error: groq } : undefined;
  if (said !== undefined) return { status: statusIn(said), error: detailOf(statusIn(said), said) };
  if (event !== "error") return undefined;
  const named = { error: isObject(value) ? value : { message: data } };
  return { status: statusIn(named), error: detailOf(statusIn(named), named) };
}

/** The fields of a chunk that are neither ours to make nor usage. */
function restOfChunk(value: JsonObject): JsonObject {
  const rest = without(value, ["usage", "error"]);
  if (!isObject(rest.x_groq)) return rest;
  const groq = without(rest.x_groq, ["usage", "error"]);
  return Object.keys(groq).length > 0 ? { ...rest, x_groq: groq } : without(rest, ["x_groq"]);
}

/** The event's own text when the cleaned chunk says the same, but for a `usage: null` that only we asked for. */
function unchanged(chunk: JsonObject, value: JsonObject, text: string): string | undefined {
  if (sameJson(chunk, value)) return text;
  if (value.usage !== null || "usage" in chunk || !sameJson({ ...chunk, usage: null }, value)) return undefined;
  // Within a string the quotes are escaped, so this is a key; only when it is the only one is it the chunk's own.
  if (text.match(/"usage"\s*:/g)?.length !== 1) return undefined;
  const spliced = text.replace(/,\s*"usage"\s*:\s*null/, "");
  return spliced === text ? undefined : spliced;
}

/** What is the same on every chunk of a stream: what the first chunk with a choice says, else any before it. */
function createEnvelope({ created, newCallId }: Exchange) {
  const known: JsonObject = {};
  let made: JsonObject | undefined;
  return {
    read(value: JsonObject, hasChoice: boolean) {
      if (made) return;
      // Azure's first chunk has no choice, an empty id and model, and the year 1970.
      if (typeof value.id === "string" && value.id !== "") known.id = value.id;
      if (typeof value.created === "number" && (value.created !== 0 || hasChoice)) known.created = value.created;
      if (typeof value.model === "string" && (value.model !== "" || hasChoice)) known.model = value.model;
      if (hasChoice) made = this.fields();
    },
    fields: (): JsonObject =>
      made ?? {
        id: known.id ?? newCallId().replace(/^call_/, "chatcmpl-"),
        created: known.created ?? created,
        model: known.model ?? "",
      },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
