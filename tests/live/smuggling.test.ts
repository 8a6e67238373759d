import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exchange, statusesIn } from "../support/socket.ts";
import { type Running, startRouter } from "../support/subject.ts";

// A proxy before the router and the router itself must agree where a request ends. Where its framing says two things, none
// of it may be obeyed: neither the request nor what seems to stand behind it.
let router: Running;
before(async () => {
  router = await startRouter();
});
after(() => router.stop());

const body = JSON.stringify({ text: "Hello" });
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const hidden = "GET /hidden HTTP/1.1\r\nHost: router\r\n\r\n";
const post = (headers: string[], rest: string) =>
  ["POST /classify HTTP/1.1", "Host: router", "Content-Type: application/json", ...headers, "", rest + hidden].join(
    "\r\n",
  );

const FRAMINGS: Record<string, string> = {
  "a length and chunks": post([`Content-Length: ${chunked.length}`, "Transfer-Encoding: chunked"], chunked),
  "a length that ends after the chunks": post(["Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
  "a length that ends within the chunks": post(
    ["Content-Length: 4", "Transfer-Encoding: chunked"],
    "2\r\n{}\r\n0\r\n\r\n",
  ),
  "two lengths": post([`Content-Length: ${body.length}`, `Content-Length: ${body.length + hidden.length}`], body),
  "a list of lengths": post([`Content-Length: ${body.length}, ${body.length + hidden.length}`], body),
  "a negative length": post(["Content-Length: -1"], body),
  "a length with a sign": post([`Content-Length: +${body.length}`], body),
  "a length in hexadecimal": post(["Content-Length: 0x10"], body),
  "a blank before the colon": post([`Content-Length : ${body.length}`], body),
  "an encoding that nobody knows": post(["Transfer-Encoding: xchunked"], chunked),
  "chunks that are not the last encoding": post(["Transfer-Encoding: chunked, identity"], chunked),
  "an encoding behind a control sign": post(["Transfer-Encoding:\x0bchunked"], chunked),
  "two encodings": post(["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], chunked),
  "a folded header": post(["Transfer-Encoding:", " chunked", `Content-Length: ${body.length}`], body),
  "a NUL in a header": post(["X-A: a\0b", `Content-Length: ${body.length}`], body),
  "chunks in HTTP/1.0": post(["Transfer-Encoding: chunked"], chunked).replace("HTTP/1.1", "HTTP/1.0"),
  "a chunk of negative size": post(["Transfer-Encoding: chunked"], `-1\r\n${body}\r\n0\r\n\r\n`),
  "a chunk of a size beyond numbers": post(["Transfer-Encoding: chunked"], `fffffffffffffffff\r\n${body}\r\n0\r\n\r\n`),
  "a chunk without an end": post(["Transfer-Encoding: chunked"], "2\r\n{}XX0\r\n\r\n"),
};

for (const [what, bytes] of Object.entries(FRAMINGS)) {
  test(`a request with ${what} is refused, and nothing behind it is read`, async () => {
    const said = await exchange(router.url, bytes);
    const statuses = statusesIn(said);
    assert.ok(statuses.length <= 1 && statuses.every((status) => status === 400), said);
    assert.ok(!said.includes("/hidden"), said);
  });
}

test("a body is no request, even where none was expected", async () => {
  const said = await exchange(
    router.url,
    `GET /live HTTP/1.1\r\nHost: router\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  );
  assert.deepEqual(statusesIn(said), [200]);
  assert.ok(!said.includes("/hidden"), said);
});

test("requests one behind another are each answered", async () => {
  const said = await exchange(router.url, `GET /live HTTP/1.1\r\nHost: router\r\n\r\n${hidden}`);
  assert.deepEqual(statusesIn(said), [200, 404]);
});

test("afterwards the router is well", async () => {
  assert.equal((await fetch(`${router.url}/live`)).status, 200);
});
