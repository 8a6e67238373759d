import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { createPage } from "../../src/http/dashboard/page.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const bytes = new Uint8Array(readFileSync(`${root}src/dashboard/page.html`));
const html = new TextDecoder().decode(bytes);

const bun = process.versions.bun ? process.execPath : "bun";
const skip = spawnSync(bun, ["--version"]).status === 0 ? false : "needs Bun";

test("the page is made from the sources beside it", { skip }, () => {
  const { status, stderr } = spawnSync(bun, ["--no-env-file", "scripts/dashboard.ts", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});

test("the page is whole: it names no other address, and is small", () => {
  const [, , head = ""] = /<(head)>([^]*?)<style>/.exec(html) ?? [];
  assert.ok(head.includes("<title>"));
  assert.doesNotMatch(
    html.replace("http://www.w3.org/2000/svg", ""),
    /<(script|link|img|iframe)[^>]+(src|href)="(?!data:)/,
  );
  assert.doesNotMatch(html, /@import|url\((?!["']?data:)/);
  assert.ok(bytes.byteLength < 250_000, String(bytes.byteLength));
});

test("its policy lets nothing run but what stands in it, and it is asked for again only when it changed", async () => {
  const app = new Hono();
  app.get("/dashboard", createPage(() => Promise.resolve(bytes), { keyNeeded: true }));
  const response = await app.request("/dashboard");
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(
    policy,
    /^default-src 'none'; script-src 'sha256-[^ ]{44}'; style-src 'sha256-[^ ]{44}'; connect-src 'self'/,
  );
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await response.text(), /<html lang="en" data-key="needed">/);
  const etag = response.headers.get("etag") ?? "";
  const again = await app.request("/dashboard", { headers: { "if-none-match": etag } });
  assert.deepEqual([again.status, await again.text()], [304, ""]);
});
