import { type Case, TEXT } from "./faults.ts";

/** What a client saw of an answer, in the words of `Case.expect`, and what was wrong with it beyond that. */
export interface Seen {
  seen: string;
  complaints: string[];
}

/** Words of the upstream that are nobody else's affair: its pages, its addresses, its key. */
const PRIVATE = /nginx|<html|elsewhere|up-secret/i;

/** Judges an answer that was read to its end. `stream`: one was asked for. */
export function seenOf(response: Response, text: string, stream: boolean, wanted: Case): Seen {
  const complaints = headersMissing(response.headers, wanted);
  if (PRIVATE.test(text)) complaints.push("the answer tells what is the upstream's own affair");
  const streamed = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (streamed !== (stream && response.status === 200)) complaints.push("the answer's content type is wrong");
  const { seen, complaints: more } = streamed ? readStream(text, wanted) : readWhole(text, response.status, wanted);
  return { seen, complaints: [...complaints, ...more] };
}

function headersMissing(headers: Headers, wanted: Case): string[] {
  const wrong = Object.entries(wanted.headers ?? {}).filter(([name, value]) => headers.get(name) !== value);
  const always = ["x-request-id", "x-virtusoul-tier", "x-virtusoul-attempts"].filter((name) => !headers.has(name));
  return [...wrong.map(([name]) => name), ...always].map((name) => `the header "${name}" is not as it must be`);
}

// deno-lint-ignore no-explicit-any -- what a client gets may be anything
type Json = any;

const WRONG_TEXT = "the answer's text is not what the upstream said";

function readWhole(text: string, status: number, wanted: Case): Seen {
  const body = jsonIn(text);
  if (body === undefined) return { seen: `${status} without JSON`, complaints: [] };
  if (body.error) {
    return { seen: `${status} ${body.error.code ?? "-"}`, complaints: errorComplaints(body.error, wanted) };
  }
  const [choice] = body.choices ?? [];
  const complaints = choice?.message?.content === (wanted.text ?? TEXT) ? [] : [WRONG_TEXT];
  return { seen: `${status} ${choice?.finish_reason}`, complaints };
}

/** A stream must be made of whole events, hold at most one error, and end with one `[DONE]`: else it ended silently. */
function readStream(text: string, wanted: Case): Seen {
  const events = text.split("\n\n").filter((event) => event !== "" && !event.startsWith(":"));
  const payloads = events.map((event) => event.slice("data: ".length));
  if (payloads.at(-1) !== "[DONE]") return { seen: "200, then a silent end", complaints: [] };
  const values: Json[] = payloads.slice(0, -1).map(jsonIn);
  const errors: Json[] = values.flatMap((value) => value?.error ? [value.error] : []);
  const finish = values.map((value) => value?.choices?.[0]?.finish_reason).find(Boolean);
  const said = values.map((value) => value?.choices?.[0]?.delta?.content ?? "").join("");
  const full = wanted.text ?? TEXT;
  const rules: [boolean, string][] = [
    [
      text.endsWith("\n\n") && events.every((event) => /^data: [^\r\n]*$/.test(event)),
      "it is not made of whole events",
    ],
    [values.every((value) => value !== undefined), "it has an event that is not JSON, or a second [DONE]"],
    [errors.length <= 1, "it has more than one error"],
    [errors.length === 0 || values.at(-1)?.error !== undefined, "it goes on after the error"],
    [errors.length > 0 ? full.startsWith(said) : said === full, WRONG_TEXT],
  ];
  const complaints = rules.flatMap(([holds, complaint]) => holds ? [] : [complaint]);
  const [error] = errors;
  if (!error) return { seen: finish ? `200 ${finish}` : "200, then a silent end", complaints };
  const seen = `200, then ${error.code ?? "-"}`;
  return { seen, complaints: [...complaints, ...errorComplaints(error, wanted)] };
}

function errorComplaints(error: Json, { says = "" }: Case): string[] {
  const { message, type } = error;
  const keys = Object.keys(error).sort().join();
  const shaped = keys === "code,message,param,type" && typeof message === "string" && message !== "" &&
    typeof type === "string";
  if (!shaped) return [`the error is not of OpenAI's shape: ${JSON.stringify(error)}`];
  return message.includes(says) ? [] : [`the error does not say "${says}" but "${message}"`];
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
