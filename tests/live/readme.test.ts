import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { line } from "../../src/ledger/line.ts";
import { denoPath } from "../support/deno.ts";
import { recordOf } from "../support/record.ts";
import { type Running, runProgram, startRouter, SUBJECT } from "../support/subject.ts";
import { json, startUpstream } from "../support/upstream.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");
const commands = [...readme.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = ""]) => block.trim().split("\n"));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

let router: Running;
before(async () => {
  router = await startRouter({ environment: { FEEDBACK: "on" } });
});
after(() => router.stop());

/** What each command of the README must do; a command that neither stands here nor below fails. */
const expectations: readonly { command: RegExp; check: (command: string) => void | Promise<void> }[] = [
  { command: /^npx --yes bun@1\.4\.5 start$|^bun start$/, check: () => starts("bun start") },
  { command: /^deno task start$/, check: startsOnDeno },
  {
    command: /^curl .*"stream": true/,
    check: (command) => assert.match(said(command), /"_virtusoul":.*\n[^]*data: \[DONE\]\n/),
  },
  { command: /^curl .*x-virtusoul-dry-run: 1/, check: (command) => assert.ok(JSON.parse(said(command)).targets) },
  {
    command: /^curl .*\/v1\/chat\/completions/,
    check: (command) => assert.equal(JSON.parse(said(command))._virtusoul.routed_to, "echo/echo"),
  },
  { command: /^curl .*\/classify/, check: (command) => assert.equal(JSON.parse(said(command)).tier, "reasoning") },
  { command: /^curl .*\/explain/, check: (command) => assert.ok(JSON.parse(said(command)).nearest.length > 0) },
  {
    command: /^curl .*\/retrain/,
    check: (command) => assert.match(JSON.parse(said(command)).reason, /dry run|would be/),
  },
  { command: /^curl .*\/feedback/, check: (command) => assert.deepEqual(JSON.parse(said(command)), { stored: true }) },
  { command: /^curl .*\/reload$/, check: (command) => assert.equal(JSON.parse(said(command)).reloaded, true) },
  { command: /^curl .*\/models$/, check: (command) => assert.equal(JSON.parse(said(command)).data[1].id, "auto") },
  {
    command: /^curl .*\/health$/,
    check: (command) => assert.equal(JSON.parse(said(command)).model_name, "virtusoul-v1"),
  },
  { command: /^curl .*\/metrics$/, check: (command) => assert.match(said(command), /^virtusoul_build_info/m) },
  { command: /^curl .*\/savings$/, check: (command) => assert.ok("random_mix" in JSON.parse(said(command)).total) },
  { command: /^export OPENAI_API_KEY=sk-\.\.\.$/, check: (command) => void said(command) },
  { command: /^bun start init/, check: initiates },
  { command: /^bun start check --live$/, check: (command) => assert.match(said(command), /every target answers/) },
  { command: /^bun start replay data\/decisions\.jsonl /, check: replays },
  { command: /^bun scripts\/day\.ts$/, check: makesADay },
  { command: /^cd dist\/day && .* replay /, check: replaysTheDay },
  { command: /^bun start classify /, check: (command) => assert.match(said(command), /^reasoning /) },
  { command: /^bun start explain /, check: (command) => assert.match(said(command), /nearest examples/) },
  { command: /^bun start eval/, check: (command) => assert.match(said(command), /accuracy +0\.\d/) },
  { command: /^bun start bench$/, check: (command) => assert.match(said(`${command} --requests 20`), /judged, new/) },
  {
    command: /^bun start retrain --rollback$/,
    check: (command) => assert.match(said(`${command} || true`), /no previous head/),
  },
  // tests/live/limits.test.ts uses the keys; here the names must not be left behind.
  { command: /^bun start keys (add|list|remove)/, check: keysCommand },
  { command: /^\.\/dist\/virtusoul-router --version$/, check: binaryVersion },
];

const has = (file: string, pattern: RegExp) => assert.match(readFileSync(`${root}${file}`, "utf8"), pattern);

/** All that cannot be run here, why, and what can be said of it all the same. */
const notRun: readonly { command: RegExp; why: string; instead: () => void }[] = [
  {
    command: /^npx --yes bun@1\.4\.5 run test$/,
    why: "it is what runs this test",
    instead: () => assert.match(scripts.test, /scripts\/test\.ts$/),
  },
  {
    command: /^ollama pull \S+$/,
    why: "there is no Ollama, and models are large",
    instead: () => has("src/providers/catalog.ts", /ollama: \{/),
  },
  {
    command: /^bun run bench --quick$/,
    why: "it takes minutes and needs wrk; tests/live/bench.test.ts runs it, as small as it goes",
    instead: () => assert.match(scripts.bench, /scripts\/bench\/bench\.ts$/),
  },
  {
    command: /^bun run build$/,
    why: "the gate does it before it runs the live tests, and other tests use what it made",
    instead: () => assert.match(scripts.build, /scripts\/build\.ts$/),
  },
  {
    command: /^bun run release$/,
    why: "it takes minutes; tests/live/release.test.ts builds one in short and installs from it",
    instead: () => assert.match(scripts.release, /scripts\/release\.ts$/),
  },
  {
    command: /^(sudo )?sh install\.sh --from \. (--prefix "\$HOME\/\.local"|--service)$/,
    why: "it needs a release, and root for the service; tests/live/release.test.ts installs from one",
    instead: () => assert.match(said("sh scripts/deploy/install.sh --help"), /--from .*--prefix .*--service/),
  },
  {
    command: /^sudo systemctl (enable --now|reload) virtusoul-router$/,
    why: "it needs root and systemd; tests/scripts/deploy.test.ts reads the unit",
    instead: () => has("scripts/deploy/virtusoul-router.service", /^ExecReload=/m),
  },
  {
    command: /^docker compose up --detach$/,
    why: "there is no container engine on most machines; tests/live/chroot.test.ts runs what the image would",
    instead: () => has("docker-compose.yml", /services:/),
  },
  {
    command: /^docker (build -t|run -p 4000:4000 .*) virtusoul-router( \.)?$/,
    why: "there is no container engine on most machines; tests/live/chroot.test.ts runs what the image would",
    instead: () => has("Dockerfile", /^VOLUME \/data$/m),
  },
  {
    command:
      /^kubectl (create namespace virtusoul|create secret generic virtusoul-router .*|apply .* kubernetes\.yaml)$/,
    why: "there is no cluster; tests/scripts/deploy.test.ts reads the manifests",
    instead: () => has("scripts/deploy/kubernetes.yaml", /kind: Deployment/),
  },
];

// What they do does not hang on the subject, but for the router that curl asks.
for (const command of SUBJECT === "bun" ? commands : commands.filter((one) => one.startsWith("curl"))) {
  const not = notRun.find((one) => one.command.test(command));
  test(`the README's command ${not ? "is as it should be" : "works"}: ${command.slice(0, 60)}`, async () => {
    if (not) return not.instead();
    const expectation = expectations.find((one) => one.command.test(command));
    assert.ok(expectation, `no test knows the command: ${command}`);
    await expectation.check(command);
  });
}

test("the README shows commands, the two that set everything up first", () => {
  assert.deepEqual(commands.slice(0, 2), ["npx --yes bun@1.4.5 start", "npx --yes bun@1.4.5 run test"]);
});

test("no list knows a command that the README does not show", () => {
  for (const { command } of [...expectations, ...notRun]) {
    assert.ok(commands.some((one) => command.test(one)), String(command));
  }
});

/** What a command prints, asked of the router that runs here. */
function said(command: string): string {
  const here = command.replaceAll("http://localhost:4000", router.url);
  const { stdout, stderr, status } = spawnSync("sh", ["-c", here], { cwd: root, encoding: "utf8", timeout: 50_000 });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** On a log of its own: this folder has none. */
function replays(command: string): void {
  const folder = mkdtempSync(join(tmpdir(), "log-"));
  const path = join(folder, "decisions.jsonl");
  const { grounds } = recordOf();
  const labels = { simple: 0.7, medium: 0.1, complex: 0.1, reasoning: 0.1 };
  const target = "echo/echo";
  writeFileSync(path, line(recordOf({ tier: "simple", target, cost: 0, grounds: grounds && { ...grounds, labels } })));
  assert.match(said(command.replace("data/decisions.jsonl", path)), /^flips +0 [^]*always reasoning/m);
  rmSync(folder, { recursive: true, force: true });
}

/** In a copy: Deno lays node_modules out its own way, and other tests run here. */
async function startsOnDeno(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "clone-"));
  const aside = new Set(["node_modules", ".git", ".cache", "dist", "data", "tests", "training"]);
  cpSync(root, folder, { recursive: true, filter: (source) => !aside.has(source.slice(root.length)) });
  await starts(`${denoPath()} task start`, folder);
  rmSync(folder, { recursive: true, force: true });
}

/** The command listens, and ends when told. */
async function starts(command: string, cwd = root): Promise<void> {
  const environment = { ...process.env, PORT: "0", HOST: "127.0.0.1" };
  const child = spawn("sh", ["-c", `exec ${command}`], { cwd, env: environment, detached: true });
  let text = "";
  for await (const piece of child.stdout) {
    text += piece;
    if (/endpoint +http:/.test(text)) break;
  }
  process.kill(-(child.pid ?? 0), "SIGTERM");
  assert.match(text, /demonstration|tiers/);
}

/** In a folder of its own. */
function keysCommand(command: string): void {
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  const one = (rest: string) => said(`DATA_DIR=${folder} bun start ${rest}`);
  if (command.includes("remove")) one("keys add ann");
  assert.match(one(command.replace("bun start ", "")), /^vs-|^no keys|taken away/);
  rmSync(folder, { recursive: true });
}

function binaryVersion(): void {
  const { stdout } = spawnSync(`${root}dist/virtusoul-router`, ["--version"], { encoding: "utf8" });
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
}

/** In a folder of its own, and without questions: tests/live/init.test.ts asks them. */
async function initiates(command: string): Promise<void> {
  const upstream = await startUpstream();
  upstream.answer(json({ models: [{ name: "qwen3:14b", size: 9e9, details: { family: "qwen3" } }] }));
  const environment = { OLLAMA_BASE_URL: upstream.url, OPENAI_API_KEY: "sk-anything" };
  const args = command.replace("bun start ", "").split(" ");
  const { stdout, stderr } = await runProgram(args.includes("--yes") ? args : [...args, "--yes"], { environment });
  await upstream.close();
  assert.match(stdout, /wrote \.env/, stderr);
  const provider = args[args.indexOf("--provider") + 1];
  if (args.includes("--provider")) assert.match(stdout, new RegExp(`simple +→ ${provider}/`));
}

/** A small one, elsewhere. */
function makesADay(command: string): void {
  const folder = dayOf(command);
  assert.match(readFileSync(join(folder, ".env"), "utf8"), /^REASONING_PRICE=/m);
  rmSync(folder, { recursive: true, force: true });
}

function replaysTheDay(command: string): void {
  const folder = dayOf("bun scripts/day.ts");
  // The condition may hold or not, on so small a day.
  const here = command.replace("cd dist/day", `cd ${folder}`).replace("../../src", `${root}src`);
  assert.match(said(`${here} || true`), /^requests +\d+\nflips [^]*^the same traffic/m);
  rmSync(folder, { recursive: true, force: true });
}

function dayOf(command: string): string {
  const folder = mkdtempSync(join(tmpdir(), "day-"));
  const text = said(`${command} ${folder} 6`);
  assert.match(text, /requests in 6 conversations[^]*"random_mix"[^]*^decision log: \S+jsonl$/m);
  return folder;
}
