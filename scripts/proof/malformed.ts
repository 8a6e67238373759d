// Requests that must be refused, made from good ones by breaking them where their structure says how.
import { createChance } from "../../tests/support/chance.ts";

/** A request that no server should take. */
export interface Malformed {
  /** How it was broken. */
  kind: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** A request as bytes on a socket, whose framing itself is broken. */
export interface Garbled {
  kind: string;
  bytes: Uint8Array<ArrayBuffer>;
}

type Chance = () => number;

const JSON_TYPE = { "content-type": "application/json" };
const USER = { role: "user", content: "Hello there" };

/** Good bodies by path. Those of /retrain are broken in each row, so that no retraining is ever begun. */
const GOOD: Record<string, () => Record<string, unknown>> = {
  "/v1/chat/completions": () => ({ model: "simple", messages: [{ role: "system", content: "Be kind" }, USER], n: 1 }),
  "/classify": () => ({ messages: [USER, { role: "assistant", content: "Hi" }, USER] }),
  "/explain": () => ({ messages: [USER] }),
  "/feedback": () => ({ text: "Hello", tier: "simple" }),
  "/retrain": () => ({ mode: "extend", dry_run: true, examples: [{ text: "Hello", tier: "simple" }] }),
};
const PATHS = Object.keys(GOOD);

/** Values that are no string, no list and no object of ours, as JSON. */
const WRONG = ["0", "-1", "1e999", "-1e-999", "12345678901234567890123", "true", '[["a"]]', "[null]", "[[]]"];

/** What each field must not be, as JSON; paths of `GOOD` bodies by their last names. */
const FAULTS: Record<string, Record<string, readonly string[]>> = {
  "/v1/chat/completions": {
    model: [...WRONG, "null", '""', "{}", "[]", '"no-such-model"', '"__proto__"', '"constructor"'],
    messages: [...WRONG, "null", '""', '"hi"', "{}", "[]", '{"0": {"role": "user"}, "length": 1}'],
    stream: ['"yes"', "1", "{}", "[]", '"true"'],
    stream_options: ["true", "1", '"x"', '{"include_usage": "yes"}', '{"include_usage": 1}', "[]"],
    n: ["0", "-3", "1.5", '"2"', "true", "{}", "1e999"],
    max_tokens: ["0", "-1", "0.5", '"100"', "true", "[]", "{}", "1e999"],
    max_completion_tokens: ["0", "-1", "3.25", '"1"', "{}"],
    tools: ["1", '"x"', "{}", "[1]", "[null]", '[{"type": 1}]', "[{}]", '["x"]'],
    response_format: ["1", '"json"', "{}", '{"type": null}', '{"type": {"type": "x"}}', "[]"],
  },
  "/classify": { messages: [...WRONG, "null", "{}", "[]", '"x"'], text: [...WRONG, "null", "{}", "[]"] },
  "/explain": { messages: [...WRONG, "null", "{}", "[]", '"x"'], text: [...WRONG, "null", "{}", "[]"] },
  "/feedback": {
    text: [...WRONG, "null", "{}", "[]", '""'],
    tier: [...WRONG, "null", "{}", "[]", '""', '"no-such-tier"', '"toString"'],
    extra: ["1", "null"],
    request_id: ["1", '"x"'],
  },
  "/retrain": {
    examples: [...WRONG, '"x"', "{}", '[{"text": "a"}]', '[{"tier": "simple"}]', '[{"text": 1, "tier": "simple"}]'],
    mode: [...WRONG, '"upend"', "null", "{}", '"__proto__"'],
    dry_run: ['"yes"', "2", "{}", "null"],
    force: ['"maybe"', "7", "[]"],
    surprise: ["1", "{}"],
  },
};

/** What a message must not be, as JSON. */
const MESSAGES = [
  ...WRONG,
  "null",
  '"hi"',
  "[]",
  "{}",
  '{"role": "king", "content": "x"}',
  '{"role": "__proto__", "content": "x"}',
  '{"role": null, "content": "x"}',
  '{"role": ["user"], "content": "x"}',
  '{"content": "x"}',
  '{"role": "user", "content": 1}',
  '{"role": "user", "content": true}',
  '{"role": "user", "content": {"text": "x"}}',
  '{"role": "user", "content": ["x"]}',
  '{"role": "user", "content": [null]}',
  '{"role": "user", "content": [{"text": "x"}]}',
  '{"role": "user", "content": [{"type": 1, "text": "x"}]}',
  '{"role": "user", "content": [{"type": "text"}]}',
  '{"role": "user", "content": [{"type": "text", "text": 5}]}',
  '{"role": "assistant", "tool_calls": "x"}',
  '{"role": "assistant", "tool_calls": [1]}',
  '{"role": "assistant", "tool_calls": {"id": "x"}}',
  '{"role": "tool", "content": "x"}',
  '{"role": "tool", "tool_call_id": 1, "content": "x"}',
];

/** Malformed requests without end, the same for the same seed. */
export function* malformed(seed: number): Generator<Malformed> {
  const chance = createChance(seed);
  while (true) yield BREAKS[at(chance, BREAKS.length)]!(chance);
}

type Break = (chance: Chance) => Malformed;

const BREAKS: readonly Break[] = [
  // Three times as often as the others: there are most ways to do it.
  brokenField,
  brokenField,
  brokenField,
  brokenMessage,
  brokenMessage,
  brokenText,
  brokenText,
  (chance) => {
    const bodies = ["", " \n", "[]", "1", '"x"', "null", "true", "nul", "{", "}", "\ufeff", "[{}]"];
    const made = of(chance, "no object", pick(chance, bodies));
    // Without a body, /retrain takes the examples that are kept: that is no fault.
    return made.path === "/retrain" ? { ...made, body: "[1]" } : made;
  },
  (chance) => {
    const depth = 2000 + at(chance, 30_000);
    const [open, close] = pick(chance, [["[", "]"], ['{"a":', "}"], ['[{"content":', "}]"]] as const);
    const closed = chance() < 0.5 ? `1${close.repeat(depth)}` : "";
    return of(chance, "nested too deeply", `${open.repeat(depth)}${closed}`.slice(0, 90_000));
  },
  (chance) => {
    const type = pick(chance, ["", "text/plain", "application/jsonx", "multipart/form-data", "x", "application/xml"]);
    const made = of(chance, "another type", JSON.stringify(GOOD["/classify"]?.()));
    return { ...made, path: "/classify", headers: { "content-type": type } };
  },
  (chance) => {
    const encoding = pick(chance, ["gzip", "br", "deflate", "zstd", "identity, gzip", "x", "gzip, gzip"]);
    const bytes = Uint8Array.from({ length: 200 }, () => at(chance, 256));
    const made = of(chance, "packed", undefined);
    return { ...made, path: pick(chance, PATHS), body: bytes, headers: { ...JSON_TYPE, "content-encoding": encoding } };
  },
  (chance) => {
    const method = pick(chance, ["PUT", "DELETE", "PATCH", "GET"]);
    const path = pick(chance, PATHS);
    return { kind: "another method", method, path, headers: {}, body: undefined };
  },
  (chance) => {
    const word = pick(chance, [
      "/v1",
      "/v1/completions",
      "/..%2f",
      "/classify/x",
      "//",
      "/%00",
      "/a".repeat(200),
      "/💥",
    ]);
    return { ...of(chance, "no such path", "{}"), path: word };
  },
  (chance) => {
    const name = pick(chance, ["x-virtusoul-tier-min", "x-virtusoul-tier-max"]);
    const value = pick(chance, ["no", "", "constructor", "simple,medium", "x".repeat(2000), "%00"]) || "?";
    return {
      ...good("/v1/chat/completions"),
      kind: "a bound that is no tier",
      headers: { ...JSON_TYPE, [name]: value },
    };
  },
  (chance) => of(chance, "too large", `{"text": "${"x".repeat(120_000 + at(chance, 50_000))}"}`),
];

/** A field of a good body in a form that it must not have; sometimes said twice, the bad one last. */
function brokenField(chance: Chance): Malformed {
  const path = pick(chance, PATHS);
  const faults = FAULTS[path] ?? {};
  const field = pick(chance, Object.keys(faults));
  const value = pick(chance, faults[field] ?? []);
  const entries = Object.entries(GOOD[path]?.() ?? {}).map(([key, inner]) => [key, JSON.stringify(inner)]);
  // `text` goes before `messages`, so that only one of them is there.
  const rest = entries.filter(([key]) => field === "text" ? key !== "messages" : true);
  const twice = chance() < 0.2;
  const kept = rest.filter(([key]) => twice || key !== field);
  const body = `{${[...kept, [field, value]].map(([key, inner]) => `"${key}": ${inner}`).join(", ")}}`;
  return { kind: `${twice ? "twice, and " : ""}wrong: ${field}`, method: "POST", path, headers: JSON_TYPE, body };
}

function brokenMessage(chance: Chance): Malformed {
  const path = pick(chance, ["/v1/chat/completions", "/classify", "/explain"]);
  const before = Array.from({ length: at(chance, 4) }, () => JSON.stringify(USER));
  const messages = [...before, pick(chance, MESSAGES), ...(chance() < 0.3 ? [JSON.stringify(USER)] : [])];
  const body = `{"model": "auto", "messages": [${messages.join(", ")}]}`;
  return { kind: "a wrong message", method: "POST", path, headers: JSON_TYPE, body };
}

/** JSON that is none: cut off, or with something in it that may not stand there. */
function brokenText(chance: Chance): Malformed {
  const path = pick(chance, PATHS);
  const text = JSON.stringify(GOOD[path]?.());
  if (chance() < 0.4) return { ...good(path), kind: "cut off", body: text.slice(0, 1 + at(chance, text.length - 1)) };
  const bad = pick(chance, ["\u0000", "\n\u0001", "\\x", "'", "NaN", "/*x*/", "<", "\u2028:", "}{", ",,", "\\u12"]);
  const places = [...text.matchAll(/[{[,:]/g)].map(({ index }) => index + 1);
  const place = pick(chance, places);
  return { ...good(path), kind: "not JSON", body: text.slice(0, place) + bad + text.slice(place) };
}

function good(path: string): Malformed {
  return { kind: "", method: "POST", path, headers: JSON_TYPE, body: JSON.stringify(GOOD[path]?.()) };
}

function of(chance: Chance, kind: string, body: string | undefined): Malformed {
  return { kind, method: "POST", path: pick(chance, PATHS), headers: JSON_TYPE, body };
}

/** Bytes that are no HTTP, or framed as nobody should. */
export function* garbled(seed: number): Generator<Garbled> {
  const chance = createChance(seed);
  const encode = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
  const body = JSON.stringify({ text: "Hello" });
  const head = (lines: string[], rest = body) =>
    encode(
      ["POST /classify HTTP/1.1", "Host: router", "Content-Type: application/json", ...lines, "", rest].join("\r\n"),
    );
  const noise = (length: number) => String.fromCharCode(...Array.from({ length }, () => at(chance, 256)));
  const kinds: Record<string, () => Uint8Array<ArrayBuffer>> = {
    noise: () => encode(noise(1 + at(chance, 400))),
    "a wrong length": () =>
      head([`Content-Length: ${pick(chance, ["-1", "+5", "0x10", "5,6", "9".repeat(30), "", "a"])}`]),
    "two lengths": () =>
      head([`Content-Length: ${body.length}`, `Content-Length: ${body.length + 1 + at(chance, 99)}`]),
    "a length and chunks": () => head(["Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
    "a wrong chunk": () =>
      head(
        ["Transfer-Encoding: chunked"],
        `${pick(chance, ["-1", "g", "f".repeat(20), "0x5", ""])}\r\n${body}\r\n0\r\n\r\n`,
      ),
    "an unknown encoding": () => head([`Transfer-Encoding: ${pick(chance, ["xchunked", "gzip", "chunked, x"])}`]),
    "a wrong header": () =>
      head([
        pick(chance, [" : x", "x y: z", "X-A: a\0b", ": x", "x", "Content-Length : 5"]),
        `Content-Length: ${body.length}`,
      ]),
    "a wrong first line": () =>
      encode(
        `${
          pick(chance, ["GET", "G\0T / HTTP/1.1", "/ HTTP/1.1", "GET / HTTP/x", "GET  / HTTP/1.1"])
        }\r\nHost: r\r\n\r\n`,
      ),
    "a huge header": () => head([`X-A: ${"a".repeat(70_000)}`, `Content-Length: ${body.length}`]),
    "very many headers": () => head(Array.from({ length: 5000 }, (_, nth) => `X-${nth}: ${nth}`)),
  };
  const names = Object.keys(kinds);
  while (true) {
    const kind = pick(chance, names);
    yield { kind, bytes: kinds[kind]!() };
  }
}

function at(chance: Chance, count: number): number {
  return Math.floor(chance() * count);
}

function pick<T>(chance: Chance, values: readonly T[]): T {
  return values[at(chance, values.length)]!;
}
