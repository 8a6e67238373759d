import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that reached the upstream. */
export interface Received {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  // deno-lint-ignore no-explicit-any -- tests look into it freely
  body: any;
  /** When the other side went away before the reply was over; undefined while it is there. */
  leftAt?: number;
}

export type Answer = (response: ServerResponse, received: Received) => void | Promise<void>;

/** An upstream of our own on loopback. */
export interface Upstream {
  url: string;
  received: Received[];
  /** Answers the next requests. */
  answer(how: Answer): void;
  close(): Promise<void>;
}

export async function startUpstream(how: Answer = json(reply("hi"))): Promise<Upstream> {
  const received: Received[] = [];
  let answer = how;
  const server = createServer(async (request, response) => {
    const text = await textOf(request).catch(() => "");
    const one: Received = {
      path: request.url ?? "",
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    received.push(one);
    response.on("close", () => {
      if (!response.writableFinished) one.leftAt = performance.now();
    });
    await answer(response, one);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (next) => void (answer = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of request) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/** Answers with JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** Answers with a page or any other text. */
export function text(body: string, status: number, type = "text/html"): Answer {
  return (response) => void response.writeHead(status, { "content-type": type }).end(body);
}

/** Streams these payloads as events, `gapMs` apart, and closes. */
export function sse(payloads: readonly (unknown | string)[], gapMs = 0): Answer {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const payload of payloads) {
      if (response.destroyed) return;
      response.write(eventOf(payload));
      if (gapMs > 0) await wait(gapMs);
    }
    response.end();
  };
}

/** Streams the first of these payloads, and the others once the promise resolves. */
export function heldSse([first, ...others]: readonly unknown[], go: Promise<unknown>): Answer {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(eventOf(first));
    await go;
    response.end(others.map(eventOf).join(""));
  };
}

export function eventOf(payload: unknown): string {
  return `data: ${typeof payload === "string" ? payload : JSON.stringify(payload)}\n\n`;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A whole reply as OpenAI gives it. */
export function reply(content: string, model = "up-model") {
  return {
    id: "chatcmpl-up",
    object: "chat.completion",
    created: 1764000000,
    model,
    choices: [{
      index: 0,
      message: { role: "assistant", content, refusal: null },
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };
}

/** A clean stream as OpenAI gives it, `[DONE]` included. */
export function chunks(words: readonly string[], { usage = false, model = "up-model" } = {}): unknown[] {
  const chunk = (choices: unknown[], counted: unknown = null) => ({
    id: "chatcmpl-up",
    object: "chat.completion.chunk",
    created: 1764000000,
    model,
    choices,
    ...(usage ? { usage: counted } : {}),
  });
  const choice = (
    delta: unknown,
    finish_reason: string | null = null,
  ) => [{ index: 0, delta, logprobs: null, finish_reason }];
  return [
    chunk(choice({ role: "assistant", content: "", refusal: null })),
    ...words.map((content) => chunk(choice({ content }))),
    chunk(choice({}, "stop")),
    ...(usage
      ? [chunk([], { prompt_tokens: 3, completion_tokens: words.length, total_tokens: 3 + words.length })]
      : []),
    "[DONE]",
  ];
}
