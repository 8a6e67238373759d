// Trains models/head.json from training/examples/*.jsonl: `bun run train`. Encoded texts are kept in .cache/, so that
// a second run takes seconds. With --texts it only writes .cache/texts.json: what export-model.py --folds encodes.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { host } from "#host";
import { createEmbedding } from "../src/classifier/static.ts";
import type { CompleteFeatures } from "../src/classifier/cache.ts";
import { staticFeatures } from "../src/classifier/classifier.ts";
import { createEncoder, type Encoder } from "../src/classifier/encoder.ts";
import { gramsOf } from "../src/classifier/grams.ts";
import { deepProbabilities, formatHead, type Head, quickProbabilities } from "../src/classifier/head.ts";
import { createTokenizer, cut } from "../src/classifier/tokenizer.ts";
import { evaluateOutcomes, type Evaluation } from "../src/trainer/evaluate.ts";
import { type Example, parseExamples } from "../src/trainer/example.ts";
import { reliabilityDiagram } from "./reliability.ts";
import { RECIPE } from "../src/trainer/recipe.ts";
import { packVectors } from "../src/store/vectors.ts";
import { versionOf } from "../src/store/features.ts";
import { hashOf as hashKey } from "../src/classifier/cache.ts";
import { train, type TrainOptions, type TrainReport } from "../src/trainer/train.ts";

const FOLDER = "training/examples";
const CACHE = ".cache";

const options: TrainOptions = {
  ...RECIPE,
  labels: ["simple", "medium", "complex", "reasoning"],
  // What is expected: natural traffic (.33 .48 .09 .10) twice, and typical prompts (all tiers alike) once.
  prior: [0.3, 0.4, 0.145, 0.155],
};

const json = async (name: string) => JSON.parse(new TextDecoder().decode(await host.asset(name)));
const tokenize = await createTokenizer(await json("models/tokenizer.json"), await json("models/tokenizer_config.json"));
const embed = createEmbedding(await host.asset("models/embed.safetensors"));
const shipped = await host.asset("models/encoder.onnx");

const examples = await readExamples();
if (host.args.includes("--texts")) {
  await mkdir(CACHE, { recursive: true });
  await writeFile(`${CACHE}/texts.json`, JSON.stringify(examples.map(({ text }) => text)));
  host.exit(0);
}
const features = await encodeAll(examples, "examples", shipped);
const unseen = await readFolds();
if (!unseen) console.log("no .cache/folds: the encoder has seen what the out-of-fold figures are about, and flatters");
const started = performance.now();
const { head, report } = fit({ ...options, ...(unseen && { unseen }) });
const seconds = (performance.now() - started) / 1000;
head.training = {
  examples: examples.length,
  sha256: await hashOf(examples.map(({ text, tier }) => `${tier}\t${text}`).sort().join("\n")),
  accuracy: Number(report.cascade.accuracy.toFixed(4)),
  // What a retraining by the owner, who has this encoder alone, must be compared with.
  cvAccuracy: Number(fit({ ...options, calibratedBy: head }).report.cascade.accuracy.toFixed(4)),
};
await writeFile("models/head.json", formatHead(head));
await writeFile("models/examples.jsonl", examples.map((row) => `${JSON.stringify(row)}\n`).join(""));
await writeFile("models/vectors.bin", await packed([...examples, ...await frozen()]));
await writeFile("training/reliability.svg", reliabilityDiagram(report.cascadeOutcomes));
console.log(`\rtrained on ${examples.length} examples in ${seconds.toFixed(1)} s`.padEnd(60));
for (const name of ["static", "deep", "cascade"] as const) print(`out of fold, ${name}`, report[name]);
console.log(
  `threshold ${head.threshold}: the static head answers ${(100 * report.answeredByStatic).toFixed(1)} % alone`,
);
// Sets to confirm on, never to train on: `bun run train FILE…`.
for (const file of host.args) {
  const rows = parseExamples(await readFile(file, "utf8"), file);
  const outcomes = outcomesOf(head, rows, await encodeAll(rows, file, shipped));
  print(file, outcomes.evaluation);
  console.log(`  answered by the static head: ${(100 * outcomes.alone).toFixed(1)} %`);
}

function fit(how: TrainOptions): { head: Head; report: TrainReport } {
  const training = train(examples, features, how);
  let step = training.next();
  for (; !step.done; step = training.next()) {
    show(`${step.value.stage}: ${step.value.iteration} ${step.value.loss.toFixed(4)}`);
  }
  return step.value;
}

/** The prompts that must not flip under retraining. */
async function frozen(): Promise<Example[]> {
  return parseExamples(await readFile("models/frozen.jsonl", "utf8").catch(() => ""), "frozen");
}

/** Deep vectors of what ships, so that a retraining does not encode it again. */
async function packed(rows: readonly Example[]): Promise<Uint8Array> {
  const encoded = await encodeAll(rows, "shipped", shipped);
  const entries = encoded.map(async ({ deep }, at) => [await hashKey(cut(rows[at]?.text ?? "")), deep] as const);
  return packVectors(new Map(await Promise.all(entries)), await versionOf(shipped));
}

async function readExamples(): Promise<Example[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".jsonl")).sort();
  const read = files.map(async (name) =>
    parseExamples(await readFile(`${FOLDER}/${name}`, "utf8"), name.replace(".jsonl", ""))
  );
  return (await Promise.all(read)).flat();
}

/** What scripts/export-model.py --folds left: encoders that did not see a part of the examples. */
async function readFolds(): Promise<TrainOptions["unseen"]> {
  const names = await readdir(`${CACHE}/folds`).catch(() => []);
  const folds: NonNullable<TrainOptions["unseen"]>[number][] = [];
  for (const name of names.filter((one) => one.endsWith(".json")).sort()) {
    const texts = new Set<string>(JSON.parse(await readFile(`${CACHE}/folds/${name}`, "utf8")));
    const encoder = new Uint8Array(await readFile(`${CACHE}/folds/${name.replace(".json", ".onnx")}`));
    const deep = (await encodeAll(examples, `fold ${name}`, encoder)).map((one) => one.deep);
    folds.push({ held: examples.map(({ text }) => texts.has(text)), deep });
  }
  const complete = folds.length > 1 && examples.every((_, at) => folds.filter(({ held }) => held[at]).length === 1);
  return complete ? folds : undefined;
}

async function encodeAll(
  rows: readonly Example[],
  name: string,
  onnx: Uint8Array<ArrayBuffer>,
): Promise<CompleteFeatures[]> {
  const version = (await hashOf(onnx)).slice(0, 12);
  const cacheFile = `${CACHE}/${name.replace(/\W+/g, "-")}-${version}.json`;
  const cached: Record<string, number[]> = JSON.parse(await readFile(cacheFile, "utf8").catch(() => "{}"));
  const kept: typeof cached = {};
  const result: CompleteFeatures[] = [];
  let encoder: Encoder | undefined;
  for (const [at, { text }] of rows.entries()) {
    const key = (await hashOf(text)).slice(0, 24);
    const read = cut(text);
    const { states, ...features } = staticFeatures({ tokenize, embed }, read);
    const known = cached[key];
    const deep = known
      ? Float32Array.from(known)
      : (encoder ??= await createEncoder(await host.asset("models/kernel.wasm"), onnx)).encode(states);
    kept[key] = known ?? rounded(deep);
    result.push({ ...features, deep });
    if (at % 50 === 0) show(`encoding ${name} ${at}/${rows.length}`);
  }
  await mkdir(CACHE, { recursive: true });
  await writeFile(cacheFile, JSON.stringify(kept));
  return result;
}

function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(6)));
}

function outcomesOf(head: Head, rows: readonly Example[], features: readonly CompleteFeatures[]) {
  let alone = 0;
  const outcomes = rows.map(({ tier, text }, at) => {
    const read = { ...features[at]!, grams: gramsOf(cut(text)) };
    const quick = quickProbabilities(head, read);
    const sure = Math.max(...quick) >= head.threshold;
    if (sure) alone++;
    const probabilities = sure ? quick : deepProbabilities(head, read);
    return { label: head.labels.indexOf(tier), probabilities };
  });
  return { evaluation: evaluateOutcomes(outcomes, head.labels), alone: alone / rows.length };
}

function print(
  name: string,
  { samples, accuracy, macroF1, strongRecall, underRouted, overRouted, calibrationError }: Evaluation,
) {
  const figures = { accuracy, macroF1, strongRecall: strongRecall ?? 0, underRouted, overRouted, calibrationError };
  const line = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(3)}`).join("  ");
  console.log(`${name} (${samples}): ${line}`);
}

function show(text: string) {
  if (host.terminal.stdout) host.stdout(`\r${text.padEnd(60)}`);
}

async function hashOf(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
