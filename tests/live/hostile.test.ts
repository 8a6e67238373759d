import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { exchange } from "../support/socket.ts";
import { post, programCommand, type Running, runProgram, startRouter, SUBJECT } from "../support/subject.ts";
import { json, reply, startUpstream, type Upstream } from "../support/upstream.ts";

// What strangers try: `.github/SECURITY.md` names these tests.
let upstream: Upstream;
let stranger: Upstream;
let router: Running;
before(async () => {
  [upstream, stranger] = await Promise.all([startUpstream(), startUpstream()]);
  const environment = {
    SIMPLE_PROVIDER: "custom",
    SIMPLE_MODEL: "m\r\nx-evil: 1",
    CUSTOM_BASE_URL: upstream.url,
    SIMPLE_HEADERS: '{"__proto__": "x"}',
    SIMPLE_EXTRA_BODY: '{"__proto__": {"polluted": 1}}',
    FEEDBACK: "on",
    TIMEOUT: "20",
  };
  router = await startRouter({ environment });
});
after(async () => {
  await router.stop();
  await Promise.all([upstream.close(), stranger.close()]);
});

const ask = (more: Record<string, unknown> = {}, headers = {}) => {
  const body = { model: "simple", messages: [{ role: "user", content: "Hello" }], ...more };
  return post(`${router.url}/v1/chat/completions`, body, headers);
};
const send = (path: string, body: BodyInit, headers: Record<string, string>) => {
  return fetch(router.url + path, { method: "POST", body, headers });
};
const JSON_TYPE = { "content-type": "application/json" };

test("line breaks in names that are echoed make no header", async () => {
  const answers = [
    await ask(),
    await ask({ model: "no\r\nx-evil: 1" }),
    await ask({}, { "x-virtusoul-tier-min": "no" }),
    await fetch(`${router.url}/v1/models/a%0d%0ax-evil:%201`),
    await fetch(`${router.url}/a%0d%0ax-evil:%201`),
  ];
  for (const response of answers) {
    await response.text();
    assert.equal(response.headers.has("x-evil"), false);
  }
  assert.match(answers[0]?.headers.get("x-virtusoul-model") ?? "", /^custom\/m%0D%0Ax-evil: 1$/);
});

for (const key of ["__proto__", "constructor", "prototype"]) {
  test(`"${key}" in bodies is a key like any other`, async () => {
    const evil = `{"${key}": {"polluted": 1, "text": "Hello", "tier": "simple", "prototype": {"polluted": 1}}}`;
    for (const path of ["/v1/chat/completions", "/classify", "/explain", "/retrain", "/feedback"]) {
      const response = await send(path, evil, JSON_TYPE);
      const { error } = await response.json();
      assert.deepEqual([response.status, error.type], [400, "invalid_request_error"], path);
    }
    const rows = await send("/retrain", `{"dry_run": true, "examples": [${evil}]}`, JSON_TYPE);
    assert.equal(rows.status, 400);
    assert.equal((await ask({ model: key })).status, 400);
    const [, ...fields] = JSON.stringify({ model: "simple", messages: [{ role: "user", content: "Hello" }] });
    const chat = await send("/v1/chat/completions", `{"${key}": {"polluted": 1}, ${fields.join("")}`, JSON_TYPE);
    const { polluted } = await chat.json();
    assert.deepEqual([chat.status, polluted], [200, undefined]);
    const { tier, polluted: again } = await (await post(`${router.url}/classify`, { text: "Hello" })).json();
    assert.deepEqual([tier, again], ["simple", undefined]);
    // A type of body that is no type but a name that every object has.
    assert.equal((await send("/retrain", "x", { "content-type": key })).status, 415);
  });
}

for (const encoding of ["gzip", "deflate", "br", "identity, gzip"]) {
  test(`a request packed as ${encoding} is refused unread`, async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    for (const path of ["/v1/chat/completions", "/classify", "/retrain", "/feedback"]) {
      const response = await send(path, bomb, { ...JSON_TYPE, "content-encoding": encoding });
      const { error } = await response.json();
      assert.deepEqual([response.status, error.code], [415, "unsupported_media_type"], path);
    }
  });
}

test("an upstream's bomb is read to the limit of a reply, and no further", async () => {
  const bomb = gzipSync(new Uint8Array(300_000_000).fill(32));
  upstream.answer((response) =>
    void response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb)
  );
  const response = await ask();
  const { error } = await response.json();
  upstream.answer(json(reply("hi")));
  assert.deepEqual([response.status, error.code], [502, "upstream_invalid"]);
  assert.equal((await ask()).status, 200);
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect (${status}) to another origin is not followed: no key and no prompt leaves`, async () => {
    upstream.answer((response) => void response.writeHead(status, { location: `${stranger.url}/v1` }).end());
    const response = await ask();
    upstream.answer(json(reply("hi")));
    assert.equal(response.status, 502);
    assert.deepEqual(stranger.received, []);
  });
}

test("addresses in a request are never fetched: not images, not files, not base URLs", async () => {
  const { url } = stranger;
  const content = [{ type: "text", text: "Hello" }, { type: "image_url", image_url: { url: `${url}/image.png` } }];
  await (await ask({ messages: [{ role: "user", content }], base_url: url, api_base: url }, {
    "x-forwarded-host": new URL(url).host,
    referer: url,
  })).text();
  await (await post(`${router.url}/classify`, { text: `${url}/text` })).text();
  await (await post(`${router.url}/explain`, { messages: [{ role: "user", content }] })).text();
  assert.deepEqual(stranger.received, []);
});

test("paths lead nowhere but to endpoints", async () => {
  const paths = [
    "/v1/models/../../health",
    "/v1/models/..%2f..%2f..%2fetc%2fpasswd",
    "/v1/models/%2e%2e/%2e%2e/etc/passwd",
    "/../../../../etc/passwd",
    "/dashboard/../../etc/passwd",
    "/dashboard/..%2f..%2f.env",
    "//etc/passwd",
    "/.env",
    "/src/main.ts",
  ];
  for (const path of paths) {
    const said = await exchange(router.url, `GET ${path} HTTP/1.1\r\nHost: router\r\nConnection: close\r\n\r\n`);
    assert.ok(!/root:|CUSTOM_BASE_URL|import /.test(said), `${path}: ${said}`);
    assert.match(said, /^HTTP\/1\.1 (200|30\d|400|404)/, path);
  }
});

for (const name of ["../x.jsonl", "/tmp/x.jsonl", "..", "a/b.jsonl", "a\\b", "C:x"]) {
  test(`DECISION_LOG=${name} would leave the data folder: an error at start`, async () => {
    const { code, stderr } = await runProgram(["serve"], { environment: { DECISION_LOG: name, PORT: "0" } });
    assert.equal(code, 2);
    assert.match(stderr, /DECISION_LOG/);
  });
}

for (const path of ["/retrain", "/feedback", "/reload"]) {
  test(`a page of another origin cannot make a browser call ${path}`, async () => {
    for (const origin of ["https://evil.example", "null", "http://localhost.evil.example"]) {
      const response = await send(path, "", { origin });
      await response.text();
      assert.equal(response.status, 403, origin);
      assert.equal(response.headers.get("access-control-allow-origin"), null);
    }
  });
}

test("what a form can send without being asked is no JSON to us", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    for (const path of ["/v1/chat/completions", "/classify", "/feedback", "/retrain"]) {
      assert.equal((await send(path, '{"text": "x"}', { "content-type": type })).status, 415, `${path} ${type}`);
    }
  }
});

test("a hostile .env changes settings alone: nothing of it is run, expanded, or given to the runtime", async () => {
  const dotenv = [
    "BUN_BE_BUN=1",
    "BUN_OPTIONS=--preload ./evil.ts",
    "NODE_OPTIONS=--require ./evil.cjs",
    "LD_PRELOAD=./evil.so",
    "MODEL_NAME=$(touch pwned)`touch pwned`${HOME}",
    "__proto__=x",
    "constructor=x",
  ].join("\n");
  const victim = await startRouter({ dotenv });
  writeFileSync(join(victim.folder, "evil.ts"), 'require("fs").writeFileSync("pwned", "")');
  const { model_name: name } = await (await fetch(`${victim.url}/health`)).json();
  assert.equal(name, "$(touch pwned)`touch pwned`${HOME}");
  assert.equal((await post(`${victim.url}/reload`, {})).status, 200);
  assert.equal(existsSync(join(victim.folder, "pwned")), false);
  await victim.stop();
});

// From source it is the owner's own Bun or Deno that runs, with what they read.
if (SUBJECT === "binary") {
  test("the single file reads nothing of the start folder but .env: no bunfig, no package, no tsconfig", () => {
    const folder = mkdtempSync(join(tmpdir(), "hostile-"));
    writeFileSync(join(folder, "evil.ts"), 'require("fs").writeFileSync("pwned", "")');
    writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(folder, "package.json"), '{"name": "x", "imports": {"#host": "./evil.ts"}}');
    writeFileSync(join(folder, "tsconfig.json"), '{"compilerOptions": {"paths": {"*": ["./evil.ts"]}}}');
    writeFileSync(join(folder, ".env"), "BUN_BE_BUN=1\nBUN_OPTIONS=--preload=./evil.ts\n");
    const [program = ""] = programCommand();
    for (const args of [["--version"], ["check"], ["evil.ts"], ["run", "evil.ts"]]) {
      spawnSync(program, args, { cwd: folder, env: {}, encoding: "utf8" });
    }
    const { stdout } = spawnSync(program, ["--version"], { cwd: folder, env: {}, encoding: "utf8" });
    const pwned = existsSync(join(folder, "pwned"));
    rmSync(folder, { recursive: true });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(pwned, false);
  });
}
