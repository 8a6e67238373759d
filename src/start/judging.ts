import { type Classifier, createClassifier, type StaticStage } from "../classifier/classifier.ts";
import type { Head } from "../classifier/head.ts";
import { createPool } from "../classifier/pool.ts";
import { createEmbedding } from "../classifier/static.ts";
import { createTokenizer } from "../classifier/tokenizer.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Host } from "../runtime/host.ts";
import { createJudge, type Judge } from "../routing/judge.ts";
import { createOwnExamples } from "../store/examples.ts";
import { createFeatureStore, versionOf } from "../store/features.ts";
import { createHeads, type Heads, readHead } from "../store/heads.ts";
import { createNeighbours, type Neighbours } from "../store/neighbours.ts";
import { unpackVectors } from "../store/vectors.ts";
import { parseExamples } from "../trainer/example.ts";
import { createFit } from "../trainer/fit.ts";
import { createJob, type Job } from "../trainer/job.ts";

export interface BuildParts {
  host: Host;
  /** Each call starts a thread. */
  workers: { classifier: () => Worker; trainer: () => Worker };
  /** Those that replicas share; undefined: nothing is shared. */
  heads?: Heads | undefined;
}

/** A classifier, and where its heads are kept. */
export interface BuiltClassifier {
  classifier: Classifier;
  heads: Heads;
  log: Log;
}

/** The heads on disk, those of `DATA_DIR` over the shipped one; where replicas share them, the shared ones over both. */
export function buildHeads({ host, heads }: Pick<BuildParts, "host" | "heads">, config: Config): Heads {
  return heads ?? createHeads({ files: host.files, folder: config.DATA_DIR, shipped: () => shippedHead(host) });
}

export function buildClassifier(parts: BuildParts, config: Config, log: Log): BuiltClassifier {
  const { host, workers } = parts;
  const onTrouble = (message: string) => log.error("The classifier's Worker failed", { error: message });
  const heads = buildHeads(parts, config);
  const load = async () => {
    const [kernel, model] = await Promise.all([host.asset("models/kernel.wasm"), host.asset("models/encoder.onnx")]);
    return { kernel, model };
  };
  const classifier = createClassifier({
    stage: loadStaticStage(host, heads, log),
    hash: host.hash,
    createPool: () =>
      createPool({
        createWorker: workers.classifier,
        workers: config.CLASSIFIER_WORKERS ?? defaultWorkers(host),
        load,
        deadlineMs: config.CLASSIFY_DEADLINE_MS,
        onTrouble,
      }),
  });
  return { classifier, heads, log };
}

/** One core is left to what answers. */
export function defaultWorkers({ cores }: Host): number {
  return Math.max(1, cores - 1);
}

async function loadStaticStage(host: Host, heads: Heads, log: Log): Promise<StaticStage> {
  const [tokenizer, config, table, { head, warning }] = await Promise.all([
    textAsset(host, "models/tokenizer.json"),
    textAsset(host, "models/tokenizer_config.json"),
    host.asset("models/embed.safetensors"),
    heads.load(),
  ]);
  if (warning) log.warning("The shipped head serves", { why: warning });
  return {
    tokenize: await createTokenizer(JSON.parse(tokenizer), JSON.parse(config)),
    embed: createEmbedding(table),
    head,
  };
}

/** What turns the classifier's labels into tiers, as the owner prefers it. */
export function buildJudge(classifier: Pick<Classifier, "classify">, config: Config): Judge {
  return createJudge({
    classify: classifier.classify,
    tiers: config.TIERS,
    tierMap: config.TIER_MAP,
    preference: { unsure: config.UNSURE, unsureBelow: config.UNSURE_BELOW, costBias: config.COST_BIAS },
  });
}

/** Finds the shipped examples that resemble a text. */
export function buildNeighbours(host: Host): Neighbours {
  return createNeighbours(async () => {
    const [examples, packed, encoder] = await Promise.all([
      textAsset(host, "models/examples.jsonl"),
      host.asset("models/vectors.bin"),
      host.asset("models/encoder.onnx"),
    ]);
    return {
      examples: parseExamples(examples, "examples"),
      vectors: unpackVectors(packed, await versionOf(encoder)),
    };
  });
}

export function buildJob(
  { host, workers }: BuildParts,
  config: Config,
  { classifier, heads, log }: BuiltClassifier,
  orderOf: (labels: readonly string[]) => readonly string[],
): Job {
  const examplesIn = async (name: string) => parseExamples(await textAsset(host, name), name);
  const own = createOwnExamples(host.files, config.DATA_DIR);
  return createJob({
    shipped: async () => ({ examples: await examplesIn("models/examples.jsonl"), head: await shippedHead(host) }),
    frozen: () => examplesIn("models/frozen.jsonl"),
    own: { read: own.read, add: (rows) => own.add("retrain", rows) },
    featuresOf: createFeatureStore({
      files: host.files,
      folder: config.DATA_DIR,
      classifier,
      shipped: async () => ({
        packed: await host.asset("models/vectors.bin"),
        encoder: await host.asset("models/encoder.onnx"),
      }),
      onUnkept: (why) => log.warning("The vectors of new examples are not kept: they will be computed again", { why }),
    }),
    fit: createFit(workers.trainer),
    heads: {
      current: async () => (await heads.load()).head,
      async save(head) {
        // The tiers may have changed while it was fitted.
        orderOf(head.labels);
        await heads.save(head);
        classifier.swap(head);
      },
      async rollback() {
        const back = await heads.rollback();
        if (back) classifier.swap(back.head);
        return back?.head;
      },
    },
    orderOf,
    now: () => performance.now(),
  });
}

async function shippedHead(host: Host): Promise<Head> {
  return readHead(await textAsset(host, "models/head.json"));
}

async function textAsset(host: Host, name: string): Promise<string> {
  return new TextDecoder().decode(await host.asset(name));
}
