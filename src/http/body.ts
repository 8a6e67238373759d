import { RouterError } from "../errors.ts";

/** Reads a request's body as text. Throws RouterError 413 when it is too large. */
export type ReadText = (request: Request) => Promise<string>;

/** `maxMegabytes`: of 10⁶ bytes. Throws RouterError 408 after `maxSeconds`, too. */
export function createReadText(maxMegabytes: number, maxSeconds = 60): ReadText {
  return (request) => readLimited(request, maxMegabytes, maxSeconds);
}

/** Reads a request's JSON body. Throws RouterError: 413 too large, 415 another type, 400 not JSON. */
export type ReadJson = (request: Request) => Promise<unknown>;

/** `maxMegabytes`: of 10⁶ bytes. Throws RouterError 408 after `maxSeconds`, too. */
export function createReadJson(maxMegabytes: number, maxSeconds = 60): ReadJson {
  return async (request) => {
    const type = request.headers.get("content-type");
    if (!/^application\/json *(;|$)/i.test(type ?? "")) {
      const message = `Cannot read a body of type ${
        JSON.stringify((type ?? "").slice(0, 80))
      }: send "content-type: application/json"`;
      throw new RouterError(415, "unsupported_media_type", message);
    }
    return parseJson(await readLimited(request, maxMegabytes, maxSeconds));
  };
}

/** Text → value. Throws RouterError 400. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own words quote the body, which may hold anything: they are not passed on.
    const where = text.trim() === "" ? "it is empty" : "it is not valid JSON";
    throw new RouterError(400, "invalid_json", `Cannot read the body: ${where}`, { cause });
  }
}

/** One that trickles in holds a place and its memory: it has so many seconds in all. */
async function readLimited(request: Request, megabytes: number, seconds: number): Promise<string> {
  const limit = megabytes * 1e6;
  const tooLarge = () =>
    new RouterError(413, "request_too_large", `Cannot read the body: it is larger than ${megabytes} MB (MAX_BODY_MB)`);
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() !== "identity") {
    // A few kilobytes can hold gigabytes: nothing is unpacked that a stranger packed.
    const message = `Cannot read a body packed as ${JSON.stringify(encoding.slice(0, 80))}: send it as it is`;
    throw new RouterError(415, "unsupported_media_type", message);
  }
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > limit) throw tooLarge();
  if (!request.body) return "";
  // A server reads no further than the declared length: such a body needs no counting, and no stream.
  const counted = declared === null || request.headers.has("transfer-encoding");
  const reader = counted ? request.body.getReader() : undefined;
  const whole = async () => {
    if (reader) return decoded(await piecesOf(reader, limit, tooLarge));
    const text = await request.text();
    if (text.length > limit) throw tooLarge();
    return text;
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `Cannot wait longer for the body: it took more than ${seconds} s (UPLOAD_SECONDS)`;
    late.reject(new RouterError(408, "request_timeout", message, { headers: { connection: "close" } }));
  }, seconds * 1000);
  try {
    return await Promise.race([whole(), late.promise]);
  } catch (error) {
    // Not waited for: what is left may never come.
    reader?.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function piecesOf(reader: ReadableStreamDefaultReader<Uint8Array>, limit: number, tooLarge: () => RouterError) {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return { pieces, length };
    length += value.byteLength;
    if (length > limit) throw tooLarge();
    pieces.push(value);
  }
}

function decoded({ pieces, length }: { pieces: readonly Uint8Array[]; length: number }): string {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return new TextDecoder().decode(bytes);
}
