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

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");
const commands = [...readme.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) => block.trim().split("\n"));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

let router: Running;
before(async () => {
  router = await startRouter();
});
after(() => router.stop());

/** What each command of the README must do; a command that is not here fails. */
const expectations: readonly { command: RegExp; check: (command: string) => void | Promise<void> }[] = [
  { command: /^npx --yes bun@1\.4\.5 start$/, check: () => starts("bun start") },
  { command: /^deno task start$/, check: startsOnDeno },
  // It is what runs this test.
  { command: /^npx --yes bun@1\.4\.5 run test$/, check: () => assert.match(scripts.test, /scripts\/test\.ts$/) },
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
  { command: /^curl .*\/reload$/, check: (command) => assert.equal(JSON.parse(said(command)).reloaded, true) },
  // In a folder of its own, and without questions: tests/live/init.test.ts asks them.
  {
    command: /^bun start init$/,
    check: async () => assert.match((await runProgram(["init", "--yes"])).stdout, /wrote \.env/),
  },
  { command: /^bun start check --live$/, check: (command) => assert.match(said(command), /every target answers/) },
  { command: /^curl .*\/metrics$/, check: (command) => assert.match(said(command), /^virtusoul_build_info/m) },
  { command: /^curl .*\/savings$/, check: (command) => assert.ok("random_mix" in JSON.parse(said(command)).total) },
  { command: /^bun start replay data\/decisions\.jsonl /, check: replays },
  { command: /^bun start classify /, check: (command) => assert.match(said(command), /^reasoning /) },
  { command: /^bun start explain /, check: (command) => assert.match(said(command), /nearest examples/) },
  { command: /^bun start eval/, check: (command) => assert.match(said(command), /accuracy +0\.\d/) },
  {
    command: /^bun start retrain --rollback$/,
    check: (command) => assert.match(said(`${command} || true`), /no previous head/),
  },
  // tests/live/limits.test.ts uses the keys; here the names must not be left behind.
  { command: /^bun start keys (add|list|remove)/, check: keysCommand },
  // tests/live/bench.test.ts runs it, as small as it goes.
  { command: /^bun run bench --quick$/, check: () => assert.match(scripts.bench, /scripts\/bench\/bench\.ts$/) },
  // The gate builds before it runs the live tests.
  { command: /^bun run build$/, check: () => assert.match(scripts.build, /scripts\/build\.ts$/) },
  { command: /^\.\/dist\/virtusoul-router --version$/, check: binaryVersion },
  // There is no container engine on most machines: tests/live/chroot.test.ts runs what the image would.
  {
    command: /^docker compose up --detach$/,
    check: () => assert.match(readFileSync(`${root}docker-compose.yml`, "utf8"), /services:/),
  },
  // tests/live/release.test.ts builds one in short and installs from it; tests/scripts/deploy.test.ts reads the manifests.
  { command: /^bun run release$/, check: () => assert.match(scripts.release, /scripts\/release\.ts$/) },
  {
    command: /^sh install\.sh --from \. --prefix "\$HOME\/\.local"$/,
    check: () => assert.match(said("sh scripts/deploy/install.sh --help"), /--from .*--prefix /),
  },
  {
    command: /^kubectl apply -n virtusoul -f kubernetes\.yaml$/,
    check: () => assert.match(readFileSync(`${root}scripts/deploy/kubernetes.yaml`, "utf8"), /kind: Deployment/),
  },
  // tests/live/faults.test.ts runs the wall.
  {
    command: /^bun scripts\/faults\.ts$/,
    check: () => assert.ok(readFileSync(`${root}scripts/faults.ts`, "utf8").length > 0),
  },
];

// What they do does not hang on the subject, but for the router that curl asks.
for (const command of SUBJECT === "bun" ? commands : commands.filter((one) => one.startsWith("curl"))) {
  test(`the README's command works: ${command.slice(0, 60)}`, async () => {
    const expectation = expectations.find((one) => one.command.test(command));
    assert.ok(expectation, `no test knows the command: ${command}`);
    await expectation.check(command);
  });
}

test("the README shows commands, the two that set everything up first", () => {
  assert.deepEqual(commands.slice(0, 2), ["npx --yes bun@1.4.5 start", "npx --yes bun@1.4.5 run test"]);
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
