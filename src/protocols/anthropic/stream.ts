import type { SseEvent } from "../../sse.ts";
import { isObject, type JsonObject, objectIn } from "../json.ts";
import type { Exchange, StreamPart } from "../protocol.ts";
import { failureIn } from "./failure.ts";
import { finishReason, usageOf } from "./reply.ts";

/** A content block that is being streamed. */
interface Block {
  kind: "tool" | "json" | "other";
  /** The call's place among the tool calls, not among the blocks. */
  call: number;
  /** Whether any of its arguments were sent. */
  sent: boolean;
  input: unknown;
}

type Out = TransformStreamDefaultController<StreamPart>;

/** Anthropic's events → OpenAI's chunks, one `done` or one `error` at the end. Unknown events and blocks are ignored. */
export function createTranslation(exchange: Exchange): TransformStream<SseEvent, StreamPart> {
  const blocks = new Map<number, Block>();
  let envelope: JsonObject | undefined;
  let usage: JsonObject = {};
  let calls = 0;
  let finished = false;
  /** Words beside emulated structured output: they are the answer only when there is no such output. */
  let aside = "";
  let answered = false;
  /** An event that is not JSON: the last one was cut, any other is a defect. */
  let broken = false;
  let over = false;

  const chunk = (out: Out, choices: JsonObject[], counted: unknown = null) => {
    const data = { ...envelope, choices, ...(exchange.wantsUsage ? { usage: counted } : {}) };
    out.enqueue({ type: "chunk", data: JSON.stringify(data) });
  };
  const delta = (out: Out, value: JsonObject, finish: string | null = null) =>
    chunk(out, [{ index: 0, delta: value, logprobs: null, finish_reason: finish }]);
  const fail = (out: Out, part: Omit<StreamPart & { type: "error" }, "type">) => {
    over = true;
    out.enqueue({ type: "error", ...part });
  };
  const invalid = (out: Out, what: string) => {
    const message = `The upstream sent an event that ${what}`;
    fail(out, { status: 502, error: { message, type: "upstream_error", param: null, code: "upstream_invalid" } });
  };
  /** Values are cumulative, and `null` says nothing. */
  const count = (more: unknown) => {
    const told = Object.entries(objectIn(more)).filter(([, value]) => value !== null && value !== undefined);
    usage = { ...usage, ...Object.fromEntries(told) };
  };
  const argue = (out: Out, block: Block, text: string) => {
    if (text === "" || block.kind === "other") return;
    block.sent = true;
    if (block.kind === "json") {
      aside = "";
      answered = true;
      delta(out, { content: text });
    } else delta(out, { tool_calls: [{ index: block.call, function: { arguments: text } }] });
  };

  const say = (out: Out, text: unknown) => {
    if (typeof text !== "string" || text === "") return;
    if (exchange.jsonTool === undefined) delta(out, { content: text });
    else if (!answered) aside += text;
  };
  const finish = (out: Out, reason: unknown) => {
    finished = true;
    if (aside !== "") delta(out, { content: aside });
    delta(out, {}, finishReason(reason, calls > 0 || !answered));
  };

  const handlers: Record<string, (event: JsonObject, out: Out) => void> = {
    message_start({ message }, out) {
      if (envelope) return;
      const { id, model, usage: counted } = objectIn(message);
      envelope = {
        id: `chatcmpl-${String(id ?? "")}`,
        object: "chat.completion.chunk",
        created: exchange.created,
        model: String(model ?? ""),
      };
      count(counted);
      delta(out, { role: "assistant", content: "", refusal: null });
    },
    content_block_start({ index, content_block }, out) {
      const { type, id, name, input, text } = objectIn(content_block);
      const kind = type !== "tool_use"
        ? "other"
        : exchange.jsonTool !== undefined && name === exchange.jsonTool
        ? "json"
        : "tool";
      const block: Block = { kind, call: calls, sent: false, input };
      blocks.set(Number(index), block);
      if (kind === "tool") {
        calls++;
        delta(out, { tool_calls: [{ index: block.call, id, type: "function", function: { name, arguments: "" } }] });
      }
      if (type === "text") say(out, text);
    },
    content_block_delta({ index, delta: said }, out) {
      const { type, text, thinking, partial_json } = objectIn(said);
      const block = blocks.get(Number(index));
      if (type === "text_delta") say(out, text);
      else if (type === "thinking_delta" && typeof thinking === "string" && thinking !== "") {
        delta(out, { reasoning_content: thinking });
      } else if (type === "input_json_delta" && typeof partial_json === "string" && block) {
        argue(out, block, partial_json);
      }
    },
    content_block_stop({ index }, out) {
      const block = blocks.get(Number(index));
      // A call without arguments is one with an empty object: clients parse the text.
      if (block && !block.sent) argue(out, block, JSON.stringify(isObject(block.input) ? block.input : {}));
    },
    message_delta({ delta: said, usage: counted }, out) {
      count(counted);
      const { stop_reason: reason } = objectIn(said);
      if (!finished && reason !== null && reason !== undefined) finish(out, reason);
    },
    message_stop(_, out) {
      over = true;
      if (!finished) finish(out, undefined);
      const counted = usageOf(usage);
      if (exchange.wantsUsage) chunk(out, [], counted);
      out.enqueue({ type: "usage", usage: counted });
      out.enqueue({ type: "done" });
    },
    error(event, out) {
      fail(out, failureIn(200, event));
    },
  };

  const onEvent = (data: string, out: Out) => {
    if (broken) return invalid(out, "is not JSON");
    const event = parsed(data);
    broken = event === undefined;
    if (typeof event?.type !== "string" || !Object.hasOwn(handlers, event.type)) return;
    // Nothing can be said before a message has begun.
    if (envelope || event.type === "message_start" || event.type === "error") handlers[event.type]?.(event, out);
  };

  return new TransformStream({
    transform({ data }, out) {
      if (over || data === "") return;
      try {
        onEvent(data, out);
      } catch {
        // Nested deeper than the machine can follow: no event of Anthropic's.
        invalid(out, "cannot be read");
      }
    },
    flush(out) {
      if (!over) fail(out, TRUNCATED);
    },
  });
}

const TRUNCATED = {
  status: 502,
  error: {
    message: "Upstream closed the stream before message_stop",
    type: "server_error",
    param: null,
    code: "upstream_stream_truncated",
  },
};

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
