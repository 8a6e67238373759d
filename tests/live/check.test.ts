import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../support/subject.ts";
import { json, reply, startUpstream } from "../support/upstream.ts";

interface Listed {
  name: string;
  value: string | null;
  source: string;
}

const settingsIn = (stdout: string): Map<string, Listed> =>
  new Map(JSON.parse(stdout).settings.map((one: Listed) => [one.name, one]));

test("every setting is printed with its value and its source, and keys are masked", async () => {
  const dotenv = "OPENAI_API_KEY=sk-0123456789-secret-abcd\nSIMPLE_PROVIDER=openai\nSIMPLE_MODEL=gpt-4o\n" +
    'API_KEY=short,a-much-longer-secret-one\nTIMEOUT=7\nSIMPLE_HEADERS={"x-token": "hidden-one"}\nUNSURE=\n' +
    "OPENAI_BASE_URL=http://127.0.0.1:9/v1?key=hidden-two\n";
  const options = { dotenv, environment: { TIMEOUT: "9", DRAIN_SECONDS: "3" } };
  const { code, stdout } = await runProgram(["check", "--json"], options);
  assert.equal(code, 0);
  const settings = settingsIn(stdout);
  const expected: [string, string | null, string][] = [
    ["TIMEOUT", "9", "environment"],
    ["DRAIN_SECONDS", "3", "environment"],
    ["OPENAI_API_KEY", "****abcd", ".env"],
    ["API_KEY", "****,****-one", ".env"],
    ["SIMPLE_MODEL", "gpt-4o", ".env"],
    ["SIMPLE_HEADERS", "****", ".env"],
    ["UNSURE", "argmax", "default"],
    ["STREAM_USAGE", "on", "default"],
    ["TIERS", "simple,medium,complex,reasoning", "default"],
    ["MISTRAL_BASE_URL", "https://api.mistral.ai/v1", "default"],
    ["REASONING_FALLBACKS", null, "default"],
    ["OTEL_EXPORTER_OTLP_HEADERS", null, "default"],
  ];
  for (const [name, value, source] of expected) assert.deepEqual(settings.get(name), { name, value, source });
  assert.deepEqual(JSON.parse(stdout).tiers.reasoning, ["openai/gpt-4o"]);
  const page = await runProgram(["check"], options);
  assert.equal(page.code, 0);
  for (const name of settings.keys()) assert.ok(page.stdout.includes(`  ${name} `), name);
  for (const text of [stdout, page.stdout]) assert.ok(!/secret|hidden|\[\d+m/.test(text));
});

test("what is wrong is said all at once, with exit code 1; a variable that nothing reads is a warning", async () => {
  const dotenv = "TIMEOUT=soon\nMEDIUM_PROVIDER=openai\nMEDIUM_MODEL=x\nSIMPEL_MODEL=y\n";
  const { code, stdout } = await runProgram(["check", "--json"], { dotenv });
  assert.equal(code, 1);
  const { ok, complaints, warnings } = JSON.parse(stdout);
  assert.equal(ok, false);
  const variables = complaints.map(({ variable }: { variable: string }) => variable);
  assert.deepEqual(variables, ["TIMEOUT", "MEDIUM_API_KEY or OPENAI_API_KEY"]);
  assert.ok(warnings.some((warning: string) => warning.includes("SIMPEL_MODEL")));
  const page = await runProgram(["check"], { dotenv });
  assert.equal(page.code, 1);
  assert.match(page.stdout, /TIMEOUT: "soon" is not valid/);
  assert.match(page.stdout, /not valid: 2 settings/);
});

test("tiers that no head serves fail the check, as they fail the start", async () => {
  const { code, stdout } = await runProgram(["check", "--json"], { environment: { TIERS: "small,large" } });
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).complaints[0].variable, "TIERS");
});

test("--live sends one tiny request to each target, and fails when one of them does", async () => {
  const upstream = await startUpstream((response, received) => {
    const bad = received.body.model === "bad";
    const error = { error: { message: "no such key", type: "authentication_error", code: "invalid_api_key" } };
    return json(bad ? error : reply("OK"), bad ? 401 : 200)(response, received);
  });
  const environment: Record<string, string> = {
    CUSTOM_BASE_URL: upstream.url,
    SIMPLE_PROVIDER: "custom",
    SIMPLE_MODEL: "good",
    MEDIUM_PROVIDER: "custom",
    MEDIUM_MODEL: "good",
    COMPLEX_PROVIDER: "custom",
    COMPLEX_MODEL: "good",
    COMPLEX_FALLBACKS: "echo/mirror",
  };
  const well = await runProgram(["check", "--live", "--json"], { environment });
  assert.equal(well.code, 0);
  assert.deepEqual(upstream.received.map(({ body }) => body.model), ["good"]);
  assert.ok(upstream.received.every(({ body }) => body.max_tokens <= 16 && body.messages.length === 1));
  const results = JSON.parse(well.stdout).live;
  assert.deepEqual(
    results.map(({ target, tiers, ok }: { target: string; tiers: string[]; ok: boolean }) => [target, tiers, ok]),
    [["custom/good", ["simple", "medium", "complex"], true], ["echo/mirror", ["complex"], true]],
  );
  environment.REASONING_PROVIDER = "custom";
  environment.REASONING_MODEL = "bad";
  const ill = await runProgram(["check", "--live"], { environment });
  assert.equal(ill.code, 1);
  assert.match(ill.stdout, /ok +custom\/good +simple, medium, complex +\d+\.\d\d s/);
  assert.match(ill.stdout, /failed +custom\/bad +reasoning +\d+\.\d\d s +401: no such key/);
  assert.match(ill.stdout, /1 of 3 targets failed/);
  await upstream.close();
});

test("wrong use is one line and exit code 2, and every command has its help", async () => {
  for (const args of [["check", "--lve"], ["dance"], ["explain"], ["eval", "none.jsonl"], ["classify", "-f", "none"]]) {
    const { code, stderr, stdout } = await runProgram(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /^[^\n]+\n$/);
    assert.equal(stdout, "");
  }
  const commandsOf = async (args: string[]) =>
    [...(await runProgram([...args, "--help"])).stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .flatMap(([, name = ""]) => name === "help" ? [] : [name]);
  const commands = await commandsOf([]);
  for (const name of ["serve", "init", "check", "classify", "explain", "retrain", "eval", "replay", "health"]) {
    assert.ok(commands.includes(name), name);
  }
  for (const command of commands) {
    const parts = command === "keys" ? await commandsOf([command]) : [undefined];
    for (const part of parts) {
      const help = await runProgram([command, ...part === undefined ? [] : [part], "--help"]);
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`^Usage: virtusoul-router ${[command, part].join(" ").trim()}`));
      assert.match(help.stdout, /--json/);
    }
  }
});

test("serve --json says where it listens in one line, for programs", async () => {
  const { code, stdout } = await runProgram(["serve", "--json"], {
    environment: { HOST: "127.0.0.1", PORT: "0" },
    untilSaid: /endpoint/,
  });
  assert.equal(code, 0);
  const { endpoint, model, keyed, tiers } = JSON.parse(stdout);
  assert.match(endpoint, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  assert.deepEqual([model, keyed, tiers.simple], ["virtusoul-v1", false, ["echo/echo"]]);
});
