import type { CompleteFeatures, Features } from "../classifier/cache.ts";
import { gramsOf } from "../classifier/grams.ts";
import { deepProbabilities, type Head, quickProbabilities } from "../classifier/head.ts";
import { cut } from "../classifier/tokenizer.ts";
import { RouterError } from "../errors.ts";
import type { Example } from "./example.ts";
import type { TrainOptions, TrainProgress, TrainReport } from "./train.ts";

/** What the owner asks for. */
export interface RetrainRequest {
  examples: readonly Pick<Example, "text" | "tier">[];
  /** On top of the shipped examples, or in their place. */
  mode: "extend" | "replace";
  /** Report, but change nothing. */
  dryRun: boolean;
  /** Swap even if the gate refuses. */
  force: boolean;
  /** Bring the previous head back instead. */
  rollback: boolean;
}

/** Shares lie in 0 … 1; null where there is nothing to compare. */
export interface RetrainReport {
  accepted: boolean;
  reason: string;
  samples: number;
  samples_per_tier: Record<string, number>;
  /** Out of fold. */
  cv_accuracy: number | null;
  cv_accuracy_before: number | null;
  confusion: Record<string, Record<string, number>> | null;
  /** Prompts that must not flip, and did. */
  flipped: { text: string; tier: string; judged: string }[];
  duration_ms: number;
}

export type FitOptions = Pick<TrainOptions, "labels" | "prior" | "calibratedBy">;

interface JobParts {
  /** What the shipped head was trained on, and the head itself. */
  shipped: () => Promise<{ examples: readonly Example[]; head: Head }>;
  /** Prompts that must not flip. */
  frozen: () => Promise<readonly Example[]>;
  own: { read(): Promise<Example[]>; add(rows: RetrainRequest["examples"]): Promise<void> };
  featuresOf: (texts: readonly string[]) => Promise<CompleteFeatures[]>;
  /** Fits away from the thread that answers requests. */
  fit: (
    examples: readonly Example[],
    features: readonly CompleteFeatures[],
    options: FitOptions,
    onProgress: (progress: TrainProgress) => void,
  ) => Promise<{ head: Head; report: TrainReport }>;
  heads: { current(): Promise<Head>; save(head: Head): Promise<void>; rollback(): Promise<Head | undefined> };
  /** Labels in order, cheapest first. Throws RouterError 400 when they cannot serve here. */
  orderOf: (labels: readonly string[]) => readonly string[];
  now: () => number;
}

/** One retraining at a time. */
export interface Job {
  /** Throws RouterError: 409 while another runs, 400 when the examples cannot be used. */
  run(request: RetrainRequest, onProgress?: (progress: TrainProgress) => void): Promise<RetrainReport>;
}

/** What the gate lets accuracy, and the prompts that must not flip, fall by. */
const MARGIN = 0.01;
/** Fewer examples of a tier than this say nothing about it. */
const FEWEST = 5;

export function createJob(parts: JobParts): Job {
  let busy = false;
  return {
    async run(request, onProgress = () => {}) {
      if (busy) {
        throw new RouterError(409, "busy", "Cannot retrain: a retraining is under way; try again when it is over");
      }
      busy = true;
      const started = parts.now();
      try {
        const report = await (request.rollback ? rollback(parts) : retrain(parts, request, onProgress));
        return { ...report, duration_ms: Math.round((parts.now() - started) * 10) / 10 };
      } finally {
        busy = false;
      }
    },
  };
}

type Outcome = Omit<RetrainReport, "duration_ms">;

async function retrain(
  parts: JobParts,
  request: RetrainRequest,
  onProgress: (progress: TrainProgress) => void,
): Promise<Outcome> {
  const before = await parts.heads.current();
  const { examples: shippedExamples, head: shipped } = await parts.shipped();
  const own = await parts.own.read();
  const given = request.examples.map((row) => ({ ...row, lang: "en", tags: ["natural"], group: "given" }));
  if (request.mode === "extend") checkTiers(given, own, shipped.labels);
  const examples = latest([...(request.mode === "extend" ? shippedExamples : []), ...own, ...given]);
  const labels = request.mode === "extend" ? shipped.labels : parts.orderOf(tiersOf(examples));
  const samplesPerTier = Object.fromEntries(
    labels.map((label) => [label, examples.filter(({ tier }) => tier === label).length]),
  );
  const scarce = labels.find((label) => (samplesPerTier[label] ?? 0) < FEWEST);
  if (labels.length < 2 || scarce !== undefined) {
    const counts = Object.entries(samplesPerTier).map(([tier, count]) => `${tier} ${count}`).join(", ") || "none";
    const message =
      `Cannot retrain on these examples: at least ${FEWEST} of each of at least two tiers are needed (${counts})`;
    throw new RouterError(400, "invalid_value", message, { param: "examples" });
  }
  // Our scale and threshold were fitted by encoders that had not seen the shipped examples; a fit here cannot do that.
  const same = shipped.labels.join() === labels.join();
  const options: FitOptions = same
    ? { labels, prior: shipped.prior, calibratedBy: shipped }
    : { labels, prior: labels.map(() => 1 / labels.length) };
  const features = await parts.featuresOf(examples.map(({ text }) => text));
  const { head, report } = await parts.fit(examples, features, options, onProgress);
  const accuracy = report.cascade.accuracy;
  const comparable = before.labels.join() === labels.join();
  const accuracyBefore = comparable && typeof before.training.cvAccuracy === "number"
    ? before.training.cvAccuracy
    : null;
  const flips = same ? await flipsOf(parts, head, comparable ? before : undefined) : { flipped: [], fell: 0 };
  const objections = [
    ...(accuracyBefore !== null && accuracy < accuracyBefore - MARGIN
      ? [`out-of-fold accuracy falls from ${percent(accuracyBefore)} to ${percent(accuracy)}`]
      : []),
    ...(flips.fell > MARGIN ? [`${flips.flipped.length} of the prompts that must not flip do`] : []),
  ];
  const accepted = objections.length === 0 || request.force;
  if (accepted && !request.dryRun) {
    head.training = { examples: examples.length, mode: request.mode, cvAccuracy: accuracy };
    await parts.own.add(request.examples);
    await parts.heads.save(head);
  }
  return {
    accepted: accepted && !request.dryRun,
    reason: reasonOf(objections, request),
    samples: examples.length,
    samples_per_tier: samplesPerTier,
    cv_accuracy: rounded(accuracy),
    cv_accuracy_before: accuracyBefore === null ? null : rounded(accuracyBefore),
    confusion: report.cascade.confusion,
    flipped: flips.flipped,
  };
}

async function rollback(parts: JobParts): Promise<Outcome> {
  const head = await parts.heads.rollback();
  const now = head ?? await parts.heads.current();
  const accuracy = typeof now.training.cvAccuracy === "number" ? rounded(now.training.cvAccuracy) : null;
  return {
    accepted: head !== undefined,
    reason: head ? "the previous head serves again" : "there is no previous head",
    samples: Number(now.training.examples ?? 0),
    samples_per_tier: {},
    cv_accuracy: accuracy,
    cv_accuracy_before: null,
    confusion: null,
    flipped: [],
  };
}

/** The frozen prompts that a head judges otherwise, and the share by which that is more than before. */
async function flipsOf({ frozen, featuresOf }: JobParts, head: Head, before: Head | undefined) {
  const prompts = await frozen();
  const features = await featuresOf(prompts.map(({ text }) => text));
  const wrong = (judge: Head) =>
    prompts.flatMap(({ text, tier }, at) => {
      const judged = tierOf(judge, text, features[at]!);
      return judged === tier ? [] : [{ text, tier, judged }];
    });
  const flipped = wrong(head);
  const known = before ? wrong(before).length : 0;
  return { flipped, fell: prompts.length === 0 ? 0 : (flipped.length - known) / prompts.length };
}

/** The tier that a head gives, the quick regression first. */
export function tierOf(head: Head, text: string, { deep, ...rest }: Features): string {
  const features = { ...rest, grams: gramsOf(cut(text)) };
  const quick = quickProbabilities(head, features);
  const sure = !deep || Math.max(...quick) >= head.threshold;
  const probabilities = sure ? quick : deepProbabilities(head, { ...features, deep });
  return head.labels[probabilities.indexOf(Math.max(...probabilities))] ?? "";
}

function checkTiers(given: readonly Example[], own: readonly Example[], labels: readonly string[]): void {
  const complain = (tier: string, param: string) => {
    const message = `Cannot retrain: ${JSON.stringify(tier.slice(0, 80))} is none of ${labels.join(", ")}; ` +
      `examples with other tiers replace the shipped ones ("mode": "replace")`;
    throw new RouterError(400, "invalid_value", message, { param });
  };
  given.forEach(({ tier }, at) => labels.includes(tier) || complain(tier, `examples[${at}].tier`));
  own.forEach(({ tier, group }) => labels.includes(tier) || complain(tier, `examples/${group}`));
}

/** Of rows with the same text the last one counts. */
function latest(examples: readonly Example[]): Example[] {
  return [...new Map(examples.map((example) => [example.text, example])).values()];
}

function tiersOf(examples: readonly Example[]): string[] {
  return [...new Set(examples.map(({ tier }) => tier))];
}

function reasonOf(objections: readonly string[], { dryRun, force }: RetrainRequest): string {
  if (objections.length === 0) return dryRun ? "it would be accepted; this was a dry run" : "the new head serves";
  const why = objections.join("; ");
  if (dryRun) return `it would be refused: ${why}`;
  return force ? `forced, although ${why}` : `refused: ${why}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
