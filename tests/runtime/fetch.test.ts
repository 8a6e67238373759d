import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { host } from "#host";
import { bytesOf, LAST, part, type ScriptedUpstream, startScripted, streamHead, whole } from "../support/scripted.ts";
import { wait } from "../support/upstream.ts";

let upstream: ScriptedUpstream;
const packed = { headers: { "content-encoding": "gzip" } };
const scripts = {
  stalled: [{ send: streamHead() }, { send: part("begun") }],
  gzip: [{ send: whole(gzipSync("hello"), packed) }],
  "gzip in parts": [
    { send: streamHead(packed) },
    ...[...gzipSync("hello")].map((byte) => ({
      send: part(Uint8Array.of(byte)),
    })),
    { send: LAST },
  ],
  plain: [{ send: whole(bytesOf("hello")) }],
  lie: [{ send: whole(bytesOf("hello"), packed) }],
};
type Name = keyof typeof scripts;

before(async () => {
  upstream = await startScripted((key) => scripts[key as Name]);
});
after(() => upstream.close());

const ask = (name: Name, init: RequestInit = {}) =>
  host.fetch(upstream.url, { method: "POST", body: `«${name}»`, ...init });

test("an abort ends the reading of a body, even of a reply that nobody holds any more", async () => {
  const controller = new AbortController();
  const reader = await readerOf(ask("stalled", { signal: controller.signal }));
  await reader.read();
  const reading = reader.read().then(() => "went on", () => "ended");
  // Enough for the runtime to collect what is not held, more than once.
  for (let round = 0; round < 40; round++) {
    Array.from({ length: 200_000 }, (_, at) => ({ at }));
    await wait(5);
  }
  controller.abort();
  assert.equal(await Promise.race([reading, wait(2000).then(() => "hangs")]), "ended");
});

async function readerOf(reply: Promise<Response>): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const { body } = await reply;
  assert.ok(body);
  return body.getReader();
}

for (const headers of [{}, { "accept-encoding": "identity" }] as Record<string, string>[]) {
  for (const name of ["gzip", "gzip in parts", "plain"] as const) {
    test(`a ${name} body is read as what it says, asked with ${JSON.stringify(headers)}`, async () => {
      const response = await ask(name, { headers });
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "hello");
    });
  }

  test(`a body that is not packed as it says fails, asked with ${JSON.stringify(headers)}`, async () => {
    await assert.rejects(async () => await (await ask("lie", { headers })).text());
  });
}
