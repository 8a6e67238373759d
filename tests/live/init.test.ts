import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "dotenv";
import { post, runProgram, startRouter } from "../support/subject.ts";
import { noTerminal, runOnTerminal } from "../support/terminal.ts";
import { json, startUpstream } from "../support/upstream.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function emptyFolder(dotenv?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "init-"));
  folders.push(folder);
  if (dotenv !== undefined) writeFileSync(join(folder, ".env"), dotenv);
  return folder;
}

const written = (folder: string): Record<string, string> => parse(readFileSync(join(folder, ".env"), "utf8"));

const NOBODY = { OLLAMA_BASE_URL: "http://127.0.0.1:9" };

/** Ollama's list of models, as its API gives it. */
const OLLAMA = {
  models: [
    { name: "nomic-embed-text:latest", size: 274e6, details: { family: "nomic-bert", families: ["nomic-bert"] } },
    { name: "qwen3:14b", size: 9e9, details: { family: "qwen3", families: ["qwen3"], parameter_size: "14.8B" } },
    { name: "llama3.2:1b", size: 13e8, details: { family: "llama", families: ["llama"], parameter_size: "1.2B" } },
    { name: "gemma3:27b", size: 17e9, details: { family: "gemma3", families: ["gemma3"], parameter_size: "27.4B" } },
  ],
};

test("from an empty folder, init, check and serve lead to a first answer", async () => {
  const folder = emptyFolder();
  const done = await runProgram(["init", "--yes"], { folder, environment: NOBODY });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /wrote \.env/);
  assert.equal(statSync(join(folder, ".env")).mode & 0o777, 0o600);
  assert.equal(written(folder).HOST, "127.0.0.1");
  assert.equal((await runProgram(["check", "--live"], { folder })).code, 0);
  const router = await startRouter({ dotenv: readFileSync(join(folder, ".env"), "utf8") });
  const response = await post(`${router.url}/v1/chat/completions`, {
    model: "auto",
    messages: [{ role: "user", content: "Hello" }],
  });
  assert.equal((await response.json())._virtusoul.routed_to, "echo/echo");
  await router.stop();
});

test("keys in the environment decide who is proposed, and are written where only the owner reads", async () => {
  const folder = emptyFolder();
  const environment = { ...NOBODY, OPENAI_API_KEY: "sk-o # 'x'", ANTHROPIC_API_KEY: "sk-a", GEMINI_API_KEY: "g" };
  const { code, stdout, stderr } = await runProgram(["init", "--yes", "--json"], { folder, environment });
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert.deepEqual(Object.keys(report.tiers), ["simple", "medium", "complex", "reasoning"]);
  assert.ok(Object.values(report.tiers).every((model) => /^(openai|anthropic|google)\//.test(String(model))));
  assert.equal(report.kept, null);
  const { OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY, COMPLEX_PROVIDER } = written(folder);
  assert.deepEqual([OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY], ["sk-o # 'x'", "sk-a", "g"]);
  assert.equal(COMPLEX_PROVIDER, "anthropic");
  assert.ok(!/sk-o|sk-a/.test(stdout));
  const without = emptyFolder();
  // Under its other name the router would not read it.
  const { GEMINI_API_KEY: _, ...read } = environment;
  assert.equal((await runProgram(["init", "--yes", "--no-keys"], { folder: without, environment: read })).code, 0);
  assert.ok(!/sk-|_API_KEY/.test(readFileSync(join(without, ".env"), "utf8")));
});

test("a local Ollama serves every tier with its models, by size, those that embed left out", async () => {
  const ollama = await startUpstream(json(OLLAMA));
  const folder = emptyFolder();
  const { code, stdout } = await runProgram(["init", "--yes"], {
    folder,
    environment: { OLLAMA_HOST: ollama.url.slice("http://".length) },
  });
  await ollama.close();
  assert.equal(code, 0);
  assert.deepEqual(ollama.received.map(({ path }) => path), ["/api/tags"]);
  const values = written(folder);
  const models = ["SIMPLE", "MEDIUM", "COMPLEX", "REASONING"].map((tier) => values[`${tier}_MODEL`]);
  assert.deepEqual(models, ["llama3.2:1b", "qwen3:14b", "qwen3:14b", "qwen3:14b"]);
  assert.equal(values.OLLAMA_BASE_URL, ollama.url);
  assert.match(stdout, /ollama: 3 models/);
});

test("options decide without a terminal: a provider, single tiers, other tiers, who may come in", async () => {
  const folder = emptyFolder();
  const environment = { ...NOBODY, GROQ_API_KEY: "g", TIERS: "small,large" };
  const { code, stderr } = await runProgram(
    ["init", "--provider", "groq", "--tier", "large=echo/strong/one", "--public"],
    { folder, environment },
  );
  assert.equal(code, 0, stderr);
  const { SMALL_PROVIDER, LARGE_PROVIDER, LARGE_MODEL, HOST, API_KEY } = written(folder);
  assert.deepEqual([SMALL_PROVIDER, LARGE_PROVIDER, LARGE_MODEL, HOST], ["groq", "echo", "strong/one", "0.0.0.0"]);
  assert.match(API_KEY ?? "", /^vs-[0-9a-f]{32}$/);
  const named = emptyFolder();
  const all = ["simple", "medium", "complex", "reasoning"].flatMap((tier) => [`--${tier}`, `custom/${tier}`]);
  const own = await runProgram(["init", "--base-url", "http://127.0.0.1:9/v1", ...all], { folder: named });
  assert.equal(own.code, 0, own.stderr);
  assert.equal(written(named).CUSTOM_BASE_URL, "http://127.0.0.1:9/v1");
  assert.equal(written(named).COMPLEX_MODEL, "complex");
});

test("a .env that is there is replaced only with --force; it is kept, and so is what init does not decide", async () => {
  const before = "# mine\nSIMPLE_PROVIDER=echo\nSIMPLE_MODEL=old\nSIMPLE_FALLBACKS=echo/x\nTIMEOUT=7\nAPI_KEY=k\n";
  const folder = emptyFolder(before);
  const refused = await runProgram(["init", "--yes"], { folder, environment: NOBODY });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^Cannot write \.env: .*--force.*\n$/);
  assert.equal(readFileSync(join(folder, ".env"), "utf8"), before);
  const forced = await runProgram(["init", "--yes", "--force"], { folder, environment: NOBODY });
  assert.equal(forced.code, 0);
  assert.equal(readFileSync(join(folder, ".env.old"), "utf8"), before);
  const { SIMPLE_MODEL, SIMPLE_FALLBACKS, TIMEOUT, API_KEY } = written(folder);
  assert.deepEqual([SIMPLE_MODEL, SIMPLE_FALLBACKS, TIMEOUT, API_KEY], ["echo", undefined, "7", "k"]);
});

test("what cannot be done is one line with the way out, exit code 2, and nothing is written", async () => {
  const cases: [string[], RegExp][] = [
    [[], /without a terminal: --yes .* --provider/],
    [["--provider", "groq"], /GROQ_API_KEY is not set/],
    [["--provider", "nobody"], /use one of openai, /],
    [["--provider", "ollama"], /does not answer.*--simple ollama\/MODEL/],
    [["--simple", "gpt-4o"], /write provider\/model/],
    [["--tier", "huge=echo/x"], /TIERS has simple, /],
    [["--yes", "--base-url", "nonsense", "--simple", "custom/x"], /CUSTOM_BASE_URL/],
  ];
  for (const [args, message] of cases) {
    const folder = emptyFolder();
    const { code, stderr } = await runProgram(["init", ...args], { folder, environment: NOBODY });
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.equal(existsSync(join(folder, ".env")), false);
  }
});

const onTerminal = (name: string, run: () => Promise<void>) =>
  test(`on a terminal, ${name}${noTerminal ? ` (${noTerminal})` : ""}`, { skip: noTerminal !== undefined }, run);

const ENTER = "\r";
const DOWN = "\u001b[B";

onTerminal("init asks, and writes what was answered", async () => {
  const folder = emptyFolder();
  const typed = [
    ["Who should answer?", DOWN + ENTER],
    ["Which one?", ENTER],
    ["Take these models?", "n"],
    ["The model for simple", `\u0015openai/tiny${ENTER}`],
    ["The model for medium", ENTER],
    ["The model for complex", `\u0015nobody/x${ENTER}\u0015echo/x${ENTER}`],
    ["The model for reasoning", ENTER],
    ["The key for openai", `sk-typed${ENTER}`],
    ["May other machines", "y"],
  ] as const;
  const { shown, code, left } = await runOnTerminal(["init"], typed, { folder, environment: NOBODY });
  assert.equal(left, 0, shown);
  assert.equal(code, 0, shown);
  const values = written(folder);
  assert.equal(values.SIMPLE_MODEL, "tiny");
  assert.equal(values.MEDIUM_PROVIDER, "openai");
  assert.equal(values.COMPLEX_PROVIDER, "echo");
  assert.equal(values.OPENAI_API_KEY, "sk-typed");
  assert.equal(values.HOST, "0.0.0.0");
  assert.ok(!shown.includes("sk-typed"), "the key was shown");
  assert.match(shown, /"nobody" is no provider/);
});

onTerminal("init replaces no .env without a yes, and Ctrl+C writes nothing", async () => {
  const folder = emptyFolder("TIMEOUT=7\n");
  const refused = await runOnTerminal(["init"], [["Replace it?", ENTER]], { folder, environment: NOBODY });
  assert.equal(refused.code, 1, refused.shown);
  assert.match(refused.shown, /Nothing was written/);
  const interrupted = await runOnTerminal(["init"], [["Replace it?", "y"], ["Who should", "\u0003"]], {
    folder,
    environment: NOBODY,
  });
  assert.equal(interrupted.code, 1, interrupted.shown);
  assert.equal(readFileSync(join(folder, ".env"), "utf8"), "TIMEOUT=7\n");
  const agreed = await runOnTerminal(
    ["init"],
    [["Replace it?", "y"], ["Who should", ENTER], ["Take these", ENTER], ["May other", ENTER]],
    { folder, environment: { ...NOBODY, MISTRAL_API_KEY: "m" } },
  );
  assert.equal(agreed.code, 0, agreed.shown);
  assert.equal(written(folder).SIMPLE_PROVIDER, "mistral");
  assert.equal(written(folder).TIMEOUT, "7");
});

onTerminal("there are colours, and with NO_COLOR there are none", async () => {
  const folder = emptyFolder("TIMEOUT=soon\n");
  const coloured = await runOnTerminal(["check"], [], { folder });
  assert.match(coloured.shown, /\[31m/);
  assert.equal(coloured.code, 1);
  const plain = await runOnTerminal(["check"], [], { folder, environment: { NO_COLOR: "1" } });
  assert.ok(!/\[3\dm/.test(plain.shown));
  const asked = await runOnTerminal(["init"], [["Replace it?", ENTER]], {
    folder,
    environment: { ...NOBODY, NO_COLOR: "1" },
  });
  assert.ok(!/\[3\dm/.test(asked.shown), JSON.stringify(asked.shown));
});
