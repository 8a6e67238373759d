import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { said } from "../support/said.ts";
import { post, type Running, startRouter } from "../support/subject.ts";
import { chunks, heldSse, startUpstream } from "../support/upstream.ts";

const configure = (router: Running, text: string) => writeFileSync(`${router.folder}/.env`, text);

const reload = (router: Running, headers: Record<string, string> = {}) =>
  fetch(`${router.url}/reload`, { method: "POST", headers });

const served = async (router: Running, headers: Record<string, string> = {}) => {
  const response = await post(`${router.url}/v1/chat/completions`, {
    model: "simple",
    messages: [{ role: "user", content: "x" }],
  }, headers);
  return (await response.json())._virtusoul?.routed_to ?? response.status;
};

const ECHO = (model: string) => `SIMPLE_PROVIDER=echo\nSIMPLE_MODEL=${model}\n`;

test("a reload swaps the configuration, and says what changed and what needs a new start", async () => {
  const router = await startRouter({ dotenv: ECHO("one") });
  assert.equal(await served(router), "echo/one");
  configure(
    router,
    `${ECHO("two")}PORT=1\nHOST=elsewhere\nMODEL_NAME=mine\nCLASSIFY_DEADLINE_MS=200\nMEDIUM_API_KEY=k\n`,
  );
  assert.equal(await served(router), "echo/one");
  const response = await reload(router);
  assert.equal(response.status, 200);
  // HOST and PORT come from the environment here, which wins.
  assert.deepEqual(await response.json(), {
    reloaded: true,
    changed: ["CLASSIFY_DEADLINE_MS", "MEDIUM_API_KEY", "MODEL_NAME", "SIMPLE_MODEL"],
    needs_restart: [],
  });
  assert.equal(await served(router), "echo/two");
  const { data } = await (await fetch(`${router.url}/v1/models`)).json();
  assert.ok(data.some(({ id }: { id: string }) => id === "mine"));
  const { tier } = await (await post(`${router.url}/classify`, { text: "Prove sqrt(2) is irrational" })).json();
  assert.equal(tier, "reasoning");
  configure(router, "");
  assert.equal((await reload(router)).status, 200);
  assert.equal(await served(router), "echo/echo");
  await router.stop();
});

test("what only a new start can change is said", async () => {
  const router = await startRouter({ environment: { PORT: "" }, dotenv: "PORT=0" });
  configure(router, "PORT=1\nTIMEOUT=9");
  const report = await (await reload(router)).json();
  assert.deepEqual(report, { reloaded: true, changed: ["TIMEOUT"], needs_restart: ["PORT"] });
  assert.equal(await served(router), "echo/echo");
  await said(router.stderr, /need a new start.*PORT/);
  await router.stop();
});

test("what is wrong keeps the old configuration whole, and all complaints come at once", async () => {
  const router = await startRouter({ dotenv: ECHO("one") });
  configure(router, `${ECHO("two")}TIMEOUT=soon\nMEDIUM_PROVIDER=openai\nLOG_LEVEL=loud\nTIERS=a,b\n`);
  const response = await reload(router);
  assert.equal(response.status, 422);
  const { error } = await response.json();
  assert.equal(error.code, "invalid_configuration");
  assert.equal(error.type, "invalid_request_error");
  for (const name of ["TIMEOUT", "LOG_LEVEL"]) assert.ok(error.message.includes(name) && error.param.includes(name));
  assert.equal(await served(router), "echo/one");
  configure(router, `TIERS=a,b\nA_PROVIDER=echo\nA_MODEL=m\n`);
  assert.equal((await (await reload(router)).json()).error.param, "TIERS");
  assert.equal(await served(router), "echo/one");
  await router.stop();
});

test("a reload needs the key of before, and the new keys count at once", async () => {
  const router = await startRouter({ dotenv: "API_KEY=old" });
  configure(router, "API_KEY=new");
  assert.equal((await reload(router)).status, 401);
  assert.equal((await reload(router, { authorization: "Bearer new" })).status, 401);
  const foreign = await reload(router, { authorization: "Bearer old", origin: "https://elsewhere.example" });
  assert.equal(foreign.status, 403);
  assert.equal((await reload(router, { authorization: "Bearer old" })).status, 200);
  assert.equal((await reload(router, { authorization: "Bearer old" })).status, 401);
  assert.equal(await served(router, { authorization: "Bearer new" }), "echo/echo");
  await router.stop();
});

test("a request under way ends as it began, while the next one meets the new configuration", async () => {
  const go = Promise.withResolvers<void>();
  const upstream = await startUpstream(heldSse(chunks(["made it"]), go.promise));
  const router = await startRouter({
    dotenv: `SIMPLE_PROVIDER=custom\nSIMPLE_MODEL=m\nCUSTOM_BASE_URL=${upstream.url}\nCLASSIFIER_WORKERS=1`,
  });
  const streaming = await post(`${router.url}/v1/chat/completions`, {
    model: "simple",
    stream: true,
    messages: [{ role: "user", content: "x" }],
  });
  configure(router, `${ECHO("two")}CLASSIFIER_WORKERS=2`);
  assert.equal((await reload(router)).status, 200);
  assert.equal(await served(router), "echo/two");
  go.resolve();
  const text = await streaming.text();
  assert.ok(text.includes("made it") && text.includes("custom/m") && text.endsWith("data: [DONE]\n\n"));
  await router.stop();
  await upstream.close();
});

test("SIGHUP reloads as well, and the log says what came of it", async () => {
  const router = await startRouter({ dotenv: ECHO("one") });
  configure(router, ECHO("two"));
  process.kill(router.pid, "SIGHUP");
  await said(router.stderr, "Reloaded the settings");
  assert.equal(await served(router), "echo/two");
  configure(router, "TIMEOUT=soon");
  process.kill(router.pid, "SIGHUP");
  await said(router.stderr, "Cannot reload the settings");
  assert.equal(await served(router), "echo/two");
  assert.equal(await router.stop("SIGTERM"), 0);
});

test("a conversation keeps its tier across a reload", async () => {
  const router = await startRouter();
  const ask = async (content: string) => {
    const response = await post(`${router.url}/v1/chat/completions`, {
      model: "auto",
      messages: [{ role: "user", content }],
    }, { "x-session-id": "s" });
    return response.headers.get("x-virtusoul-tier");
  };
  assert.equal(await ask("Prove the halting problem is undecidable"), "reasoning");
  configure(router, "SESSION_LOWER=never");
  assert.equal((await reload(router)).status, 200);
  assert.equal(await ask("Hello"), "reasoning");
  await router.stop();
});

test("a body is refused: settings come from the environment and .env alone", async () => {
  const router = await startRouter();
  assert.equal((await post(`${router.url}/reload`, {})).status, 200);
  const { error } = await (await post(`${router.url}/reload`, { TIMEOUT: 1 })).json();
  assert.equal(error.code, "invalid_value");
  const got = await fetch(`${router.url}/reload`);
  assert.equal(got.status, 405);
  await router.stop();
});
