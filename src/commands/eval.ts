import type { Classifier, Judgement } from "../classifier/classifier.ts";
import { DISTURBANCES } from "../trainer/disturb.ts";
import { evaluateOutcomes, type Evaluation, type Outcome } from "../trainer/evaluate.ts";
import { type Example, parseExamples } from "../trainer/example.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";
import { type CommandContext, UsageError } from "./run.ts";

/** What is measured on where no file is named. */
const SHIPPED = "training/eval.jsonl";
/** How long a judgement may take here, ms: nobody waits, and a deadline would measure the machine. */
const PATIENT = 60_000;

interface EvalOptions {
  json?: boolean;
  /** Also ask everything otherwise. */
  robust?: boolean;
  /** Where to write what was judged, row by row. */
  csv?: string;
}

/** Judges labelled prompts and prints how often it was right. */
export async function evaluate(
  { host, build, config }: CommandContext,
  named: string | undefined,
  options: EvalOptions,
): Promise<boolean> {
  const file = named ?? SHIPPED;
  const examples = await readExamples(host, named);
  const classifier = await build.classifier({ ...await config(), CLASSIFY_DEADLINE_MS: PATIENT });
  try {
    await classifier.deepReady;
    const judged: { example: Example; judgement: Judgement; ms: number }[] = [];
    for (const [at, example] of examples.entries()) {
      const started = performance.now();
      const judgement = await classifier.classify(example.text);
      judged.push({ example, judgement, ms: performance.now() - started });
      const tiers = Object.keys(judgement.probabilities);
      if (!tiers.includes(example.tier)) {
        const message = `Cannot measure with row ${at + 1} of "${file}": "${example.tier}" is none of ${
          tiers.join(", ")
        }`;
        throw new UsageError(message);
      }
    }
    const tiers = Object.keys(judged[0]?.judgement.probabilities ?? {});
    const outcomes = judged.map(({ example, judgement }): Outcome => {
      return { label: tiers.indexOf(example.tier), probabilities: Object.values(judgement.probabilities) };
    });
    const report = {
      ...evaluateOutcomes(outcomes, tiers),
      answeredByStatic: judged.filter(({ judgement }) => judgement.reason === "static").length / judged.length,
      ms: percentilesOf(judged.map(({ ms }) => ms)),
      ...(options.robust ? { changed: await changes(classifier, judged) } : {}),
    };
    if (options.csv !== undefined) {
      const rows = judged.map(({ judgement }, at) =>
        [at, judgement.tier, ...Object.values(judgement.probabilities)].join(",")
      );
      const content = [["id", "tier", ...tiers].join(","), ...rows, ""].join("\n");
      await host.files.replace(options.csv, content);
    }
    host.stdout(`${options.json ? JSON.stringify(report) : table(report, tiers)}\n`);
    return true;
  } finally {
    await classifier.close();
  }
}

/** `file`: undefined stands for the set that the program carries. */
async function readExamples(host: CommandContext["host"], file: string | undefined): Promise<Example[]> {
  if (file === undefined) return parseExamples(new TextDecoder().decode(await host.asset(SHIPPED)), SHIPPED);
  const content = await host.files.readText(file);
  if (content === undefined) throw new UsageError(`Cannot read "${file}": there is no such file`);
  const examples = parseExamples(content, file);
  if (examples.length === 0) throw new UsageError(`Cannot measure with "${file}": it has no rows`);
  return examples;
}

/** How often each disturbance changes the tier, 0 … 1. */
async function changes(
  classifier: Classifier,
  judged: readonly { example: Example; judgement: Judgement }[],
): Promise<Record<string, number>> {
  const shares: Record<string, number> = {};
  for (const [name, disturb] of Object.entries(DISTURBANCES)) {
    let changed = 0;
    for (const { example, judgement } of judged) {
      const { tier } = await classifier.classify(disturb(example.text));
      if (tier !== judgement.tier) changed++;
    }
    shares[name] = changed / judged.length;
  }
  return shares;
}

type Report = Evaluation & {
  answeredByStatic: number;
  ms: Percentiles;
  changed?: Record<string, number>;
};

function table(report: Report, tiers: readonly string[]): string {
  const line = (name: string, value: number | null) => `${name.padEnd(26)}${value === null ? "-" : value.toFixed(3)}`;
  const width = Math.max(...tiers.map((tier) => tier.length)) + 2;
  const rows = tiers.map((tier) =>
    tier.padEnd(width) + tiers.map((guess) => String(report.confusion[tier]?.[guess]).padStart(width)).join("")
  );
  return [
    `prompts                   ${report.samples}`,
    line("accuracy", report.accuracy),
    line("macro F1", report.macroF1),
    line("strong recall", report.strongRecall),
    line("under-routed", report.underRouted),
    line("over-routed", report.overRouted),
    line("calibration error", report.calibrationError),
    ...tiers.map((tier) => line(`recall, ${tier}`, report.recall[tier] ?? null)),
    line("answered by static head", report.answeredByStatic),
    `ms a prompt               p50 ${report.ms.p50.toFixed(2)}, p95 ${report.ms.p95.toFixed(2)}`,
    "",
    `${"deserved".padEnd(width)}${tiers.map((tier) => tier.padStart(width)).join("")}  (judged)`,
    ...rows,
    ...(report.changed
      ? [
        "",
        "tier changes under",
        ...Object.entries(report.changed).map(([name, value]) => line(`  ${name}`, value)),
        line("  mean", mean(Object.values(report.changed))),
      ]
      : []),
  ].join("\n");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
