/** How well judgements fit labels. Shares lie in 0 … 1. */
export interface Evaluation {
  samples: number;
  accuracy: number;
  macroF1: number;
  /** By tier: of the texts that deserve it, the share that got it; null where none does. */
  recall: Record<string, number | null>;
  /** Of the texts of the upper half of the tiers, the share judged to be in the upper half. */
  strongRecall: number | null;
  /** Shares judged too low and too high. */
  underRouted: number;
  overRouted: number;
  /** Expected calibration error over ten bins of confidence. */
  calibrationError: number;
  /** `confusion[deserved][judged]`: counts. */
  confusion: Record<string, Record<string, number>>;
}

/** A text's label and what was judged, as positions among the tiers. */
export interface Outcome {
  label: number;
  /** One for each tier; they add up to 1. */
  probabilities: readonly number[];
}

const BINS = 10;

/** `tiers`: cheapest first. */
export function evaluateOutcomes(outcomes: readonly Outcome[], tiers: readonly string[]): Evaluation {
  const judged = outcomes.map(({ label, probabilities }) => {
    const confidence = Math.max(...probabilities);
    return { label, guess: probabilities.indexOf(confidence), confidence };
  });
  const counts = tiers.map((_, label) =>
    tiers.map((_, guess) => judged.filter((one) => one.label === label && one.guess === guess).length)
  );
  const share = (part: number, whole: number) => whole === 0 ? null : part / whole;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const hits = (at: number) => counts[at]?.[at] ?? 0;
  const f1 = tiers.map((_, at) => {
    const size = sum(counts[at] ?? []) + sum(counts.map((row) => row[at] ?? 0));
    return size === 0 ? undefined : 2 * hits(at) / size;
  }).filter((value) => value !== undefined);
  const half = tiers.length / 2;
  const strong = judged.filter(({ label }) => label >= half);
  const of = (part: number) => share(part, judged.length) ?? 0;
  return {
    samples: judged.length,
    accuracy: of(judged.filter(({ label, guess }) => label === guess).length),
    macroF1: f1.length === 0 ? 0 : sum(f1) / f1.length,
    recall: Object.fromEntries(tiers.map((tier, at) => [tier, share(hits(at), sum(counts[at] ?? []))])),
    strongRecall: share(strong.filter(({ guess }) => guess >= half).length, strong.length),
    underRouted: of(judged.filter(({ label, guess }) => guess < label).length),
    overRouted: of(judged.filter(({ label, guess }) => guess > label).length),
    calibrationError: calibrationError(
      judged.map(({ label, guess, confidence }) => ({ confidence, right: label === guess })),
    ),
    confusion: Object.fromEntries(tiers.map((tier, label) => {
      return [tier, Object.fromEntries(tiers.map((other, guess) => [other, counts[label]?.[guess] ?? 0]))];
    })),
  };
}

function calibrationError(judged: readonly { confidence: number; right: boolean }[]): number {
  const bins = Map.groupBy(judged, ({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)));
  let error = 0;
  for (const bin of bins.values()) {
    const accuracy = bin.filter(({ right }) => right).length / bin.length;
    const confidence = bin.reduce((sum, one) => sum + one.confidence, 0) / bin.length;
    error += Math.abs(accuracy - confidence) * bin.length / judged.length;
  }
  return error;
}
