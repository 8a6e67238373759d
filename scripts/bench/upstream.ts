// The upstream that everything is measured against: as fast as a server here can be, in a process of its own.
//   bun scripts/bench/upstream.ts    prints its port
declare const Bun: {
  serve(options: Record<string, unknown>): { port: number };
};

const reply = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1764000000,
  model: "bench",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "A short answer of some ten words, as they often are.", refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }],
  usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
});
const chunk = (content: string, finish: string | null = null) =>
  `data: ${
    JSON.stringify({
      id: "chatcmpl-bench",
      object: "chat.completion.chunk",
      created: 1764000000,
      model: "bench",
      choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: finish }],
    })
  }\n\n`;
const encoder = new TextEncoder();

/** `events` chunks, `gapMs` apart; each carries the moment it was sent, in ms since 1970. */
function stream(events: number, gapMs: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(out) {
      if (sent === events) {
        out.enqueue(encoder.encode(chunk("", "stop") + "data: [DONE]\n\n"));
        return out.close();
      }
      if (gapMs > 0 && sent > 0) await new Promise((resolve) => setTimeout(resolve, gapMs));
      sent++;
      out.enqueue(encoder.encode(chunk(String(performance.timeOrigin + performance.now()))));
    },
  });
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  async fetch(request: Request) {
    const text = await request.text();
    // Asked for by the prompt, so that it survives every proxy: "stream EVENTS GAP_MS".
    const [, events, gap] = /stream (\d+) (\d+)/.exec(text) ?? [];
    if (events !== undefined) {
      return new Response(stream(Number(events), Number(gap)), { headers: { "content-type": "text/event-stream" } });
    }
    return new Response(reply, { headers: { "content-type": "application/json" } });
  },
});
console.log(server.port);
