import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse as parseYaml } from "yaml";
import { pythonClient } from "../support/python.ts";
import { post, type Running, runProgram, startRouter } from "../support/subject.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");
const blocks = [...readme.matchAll(/^```(\S*)\n([^]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
  language,
  text,
}));
const inLanguage = (language: string) => blocks.filter((one) => one.language === language).map(({ text }) => text);

/** What becomes of each kind of block; `text` is what programs print. */
const LANGUAGES = ["sh", "python", "ts", "dotenv", "yaml", "text"];

let router: Running;
before(async () => void (router = await startRouter()));
after(() => router.stop());

test("the README has blocks of known languages alone", () => {
  assert.deepEqual([...new Set(blocks.map(({ language }) => language))].sort(), LANGUAGES.toSorted());
});

for (const text of inLanguage("ts")) {
  const [, library = ""] = /from "([^"]+)"/.exec(text) ?? [];
  test(`the README's TypeScript with ${library} works as it stands`, async () => {
    // Below the packages that it imports.
    mkdirSync(`${root}.cache`, { recursive: true });
    const folder = mkdtempSync(join(root, ".cache", "snippet-"));
    const file = join(folder, "snippet.ts");
    writeFileSync(file, text.replaceAll("http://localhost:4000", router.url));
    const { output, code } = await run([process.execPath, file]);
    rmSync(folder, { recursive: true, force: true });
    assert.equal(code, 0, output);
    assert.match(output, /You asked: Compare React and Vue[^]*tier "medium"/);
  });
}

for (const text of inLanguage("python")) {
  const { skip, command } = pythonClient();
  test("the README's Python works as it stands (needs Python with the package openai)", { skip }, async () => {
    const { output, code } = await run([command, "-c", text.replaceAll("http://localhost:4000", router.url)]);
    assert.equal(code, 0, output);
    assert.match(output, /^You asked: Compare React and Vue[^]*\nmedium\n$/);
  });
}

for (const [at, dotenv] of inLanguage("dotenv").entries()) {
  test(`the README's settings are valid: block ${at + 1}, ${dotenv.split("\n")[0]}`, async () => {
    const { stdout, code } = await runProgram(["check", "--json"], { dotenv });
    const { complaints, warnings } = JSON.parse(stdout);
    assert.deepEqual(complaints, []);
    assert.equal(code, 0);
    assert.deepEqual(warnings.filter((warning: string) => warning.includes("is no setting")), []);
  });
}

test("the README's YAML has Prometheus ask for the router's figures", async () => {
  const [scrape = ""] = inLanguage("yaml");
  const [{ job_name: name, static_configs: [{ targets }] }] = parseYaml(scrape).scrape_configs;
  assert.deepEqual([name, targets], ["virtusoul-router", ["localhost:4000"]]);
  assert.match(await (await fetch(`${router.url}/metrics`)).text(), /^virtusoul_requests_total/m);
});

test("the first steps print what the README shows of them", async () => {
  const [shown = ""] = inLanguage("text");
  const folder = mkdtempSync(join(tmpdir(), "steps-"));
  const environment = { OLLAMA_BASE_URL: "http://127.0.0.1:9" };
  const init = await runProgram(["init", "--yes"], { folder, environment });
  const check = await runProgram(["check", "--live"], { folder });
  const served = await startRouter({ dotenv: readFileSync(join(folder, ".env"), "utf8") });
  const messages = [{ role: "user", content: "Explain how DNS works" }];
  const answer = await (await post(`${served.url}/v1/chat/completions`, { model: "auto", messages })).json();
  const told = masked([init.stdout, check.stdout, served.stdout()].join("\n"));
  await served.stop();
  rmSync(folder, { recursive: true, force: true });
  const lines = shown.slice(0, shown.indexOf("$ curl")).split("\n").map((line) => masked(line).trim());
  for (const line of lines.filter((line) => line !== "" && line !== "…" && !line.startsWith("$"))) {
    assert.ok(told.includes(line), line);
  }
  const { routed_to, tier, confidence } = answer._virtusoul;
  const beginning = JSON.stringify({ routed_to, tier, confidence, flagged: false }).slice(0, -1);
  assert.ok(shown.includes(beginning), beginning);
});

/** Without what hangs on machine, runtime and version. */
function masked(text: string): string {
  return text
    .replaceAll(/Router \d+\.\d+\.\d+ \(.*\)/g, "Router V (R)")
    .replaceAll(/\d\.\d\d s/g, "T s")
    .replaceAll(/:\d{4,5}\/v1/g, ":PORT/v1");
}

async function run([command = "", ...args]: readonly string[]): Promise<{ output: string; code: unknown }> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, { cwd: root, env: { PATH, HOME } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output += text);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { output, code };
}
