import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { post, type Running, startRouter } from "../support/subject.ts";

const KEY = "key-of-the-dashboard";
const headers = { authorization: `Bearer ${KEY}` };
const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
let router: Running;
before(async () => {
  router = await startRouter({ environment: { API_KEY: KEY } });
});
after(async () => {
  await router.stop();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, at = router) => fetch(at.url + path, { headers });
const ask = async (content: string, at = router) => {
  const body = { model: "auto", messages: [{ role: "user", content }] };
  const response = await post(`${at.url}/v1/chat/completions`, body, headers);
  await response.text();
  return response.headers.get("x-request-id") ?? "";
};
/** Asks until it says so. */
async function eventually<T>(look: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (let turn = 0;; turn++) {
    const value = await look();
    if (fits(value)) return value;
    assert.ok(turn < 100, JSON.stringify(value));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("the page is open, what it shows is not", async () => {
  const page = await fetch(`${router.url}/dashboard`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html lang="en" data-key="needed">/);
  const paths = ["data", "events", "history/series?since=0&until=1&steps=1", "history/requests"];
  for (const path of paths) assert.equal((await fetch(`${router.url}/dashboard/${path}`)).status, 401, path);
  assert.equal((await post(`${router.url}/dashboard`, {}, headers)).status, 405);
});

test("the data hold how the server is, and the last requests without their words", async () => {
  const id = await ask("What is the colour of a flamingo?");
  const text = await (await get("/dashboard/data")).text();
  const data = JSON.parse(text);
  assert.ok(!text.includes("flamingo"));
  assert.deepEqual(data.tiers.map(({ name }: { name: string }) => name), ["simple", "medium", "complex", "reasoning"]);
  assert.deepEqual(data.targets, { "echo/echo": "closed" });
  const { feedback, history, history_text, model_name } = data;
  assert.deepEqual({ feedback, history, history_text, model_name }, {
    ...{ feedback: false, history: false, history_text: false, model_name: "virtusoul-v1" },
  });
  const row = data.requests.find((one: { id: string }) => one.id === id);
  assert.deepEqual([row.tier, row.target, row.status, row.cost], ["simple", "echo/echo", 200, 0]);
});

test("without HISTORY the disk is not touched, and older requests are refused", async () => {
  const refused = await get("/dashboard/history/requests");
  assert.equal(refused.status, 403);
  assert.match((await refused.json()).error.message, /HISTORY=on/);
  assert.ok(!existsSync(`${router.folder}/data`));
});

test("events tell of a request when it is over, and end when the server stops", async () => {
  const other = await startRouter({ environment: { API_KEY: KEY } });
  const { body } = await get("/dashboard/events", other);
  const reader = (body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  assert.match(first.value ?? "", /^event: state\ndata: \{/);
  const id = await ask("Hello there", other);
  let told = "";
  while (!told.includes(id)) told += (await reader.read()).value ?? assert.fail("the stream ended");
  assert.match(told, /event: request\ndata: \{.*"id":"req_/);
  const stopped = other.stop("SIGTERM");
  while (!(await reader.read()).done);
  assert.equal(await stopped, 0);
});

test("with HISTORY=on requests outlive the program, with their words only where HISTORY_TEXT is on", async () => {
  const environment = { API_KEY: KEY, DATA_DIR: folder, HISTORY: "on" };
  const first = await startRouter({ environment });
  const silent = await ask("Name a blue bird", first);
  assert.equal(await first.stop("SIGTERM"), 0);
  const second = await startRouter({ environment: { ...environment, HISTORY_TEXT: "on" } });
  const spoken = await ask("Name a green frog", second);
  const look = async () => (await (await get("/dashboard/history/requests", second)).json()).requests;
  const rows = await eventually(look, (found) => found.length === 2);
  assert.deepEqual(rows.map(({ id, ask }: { id: string; ask?: string }) => [id, ask]), [
    [spoken, "Name a green frog"],
    [silent, undefined],
  ]);
  const span = new URLSearchParams({ since: String(Date.now() - 600_000), until: String(Date.now() + 1), steps: "3" });
  const series = await (await get(`/dashboard/history/series?${span}`, second)).json();
  assert.equal(series.totals.requests, 2);
  assert.equal(series.buckets[2].tiers.simple, 2);
  for (const bad of ["since=1&until=0&steps=1", "since=0&until=1&steps=0", "since=0&until=1&steps=9999", "since=x"]) {
    assert.equal((await get(`/dashboard/history/series?${bad}`, second)).status, 400, bad);
  }
  await second.stop();
});

test("a history that cannot be written costs a warning, and no request", async () => {
  const environment = { API_KEY: KEY, DATA_DIR: "/proc/nowhere", HISTORY: "on" };
  const other = await startRouter({ environment });
  await ask("Hello", other);
  await eventually(() => Promise.resolve(other.stderr()), (said) => said.includes("Cannot keep the HISTORY"));
  assert.match(await ask("Hello again", other), /^req_/);
  assert.equal((await get("/dashboard/history/requests", other)).status, 500);
  await other.stop();
});
