import { type Example, parseExamples, parseTable } from "../trainer/example.ts";
import type { RetrainReport } from "../trainer/job.ts";
import { type CommandContext, UsageError } from "./run.ts";

interface RetrainOptions {
  mode: string;
  dryRun?: boolean;
  force?: boolean;
  rollback?: boolean;
  json?: boolean;
}

/** Fits the heads to the owner's examples. False when the gate refuses. */
export async function retrain(
  { host, build, config }: CommandContext,
  file: string | undefined,
  { mode, dryRun = false, force = false, rollback = false, json = false }: RetrainOptions,
): Promise<boolean> {
  if (mode !== "extend" && mode !== "replace") {
    throw new UsageError(`Cannot retrain in the mode "${mode}": use extend or replace`);
  }
  const examples = file === undefined ? [] : await readExamples(host, file);
  const trainer = await build.trainer(await config());
  const shown = host.terminal.stderr && !json;
  try {
    const report = await trainer.run({ examples, mode, dryRun, force, rollback }, ({ stage, iteration, loss }) => {
      if (shown) host.stderr(`\r${`${stage}: ${iteration}, loss ${loss.toFixed(4)}`.padEnd(50)}`);
    });
    if (shown) host.stderr(`\r${" ".repeat(50)}\r`);
    host.stdout(`${json ? JSON.stringify(report) : table(report)}\n`);
    return report.accepted || dryRun;
  } finally {
    await trainer.close();
  }
}

async function readExamples(host: CommandContext["host"], file: string): Promise<Example[]> {
  const content = await host.files.readText(file);
  if (content === undefined) throw new UsageError(`Cannot read "${file}": there is no such file`);
  try {
    return file.toLowerCase().endsWith(".csv") ? parseTable(content, file) : parseExamples(content, file);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function table(report: RetrainReport): string {
  const share = (value: number | null) => value === null ? "-" : `${(100 * value).toFixed(1)} %`;
  const tiers = Object.keys(report.samples_per_tier);
  const width = Math.max(8, ...tiers.map((tier) => tier.length)) + 2;
  const confusion = Object.entries(report.confusion ?? {}).map(([tier, counts]) =>
    tier.padEnd(width) + tiers.map((guess) => String(counts[guess] ?? 0).padStart(width)).join("")
  );
  return [
    `${report.accepted ? "accepted" : "not changed"}: ${report.reason}`,
    `examples            ${
      [report.samples, ...tiers.map((tier) => `${tier} ${report.samples_per_tier[tier]}`)].join(", ")
    }`,
    `accuracy out of fold ${share(report.cv_accuracy)}, before ${share(report.cv_accuracy_before)}`,
    `flipped             ${report.flipped.length}`,
    ...report.flipped.map(({ text, tier, judged }) =>
      `  ${tier} → ${judged}: ${text.slice(0, 80).replaceAll("\n", " ")}`
    ),
    ...(confusion.length > 0
      ? ["", `${"deserved".padEnd(width)}${tiers.map((tier) => tier.padStart(width)).join("")}  (judged)`, ...confusion]
      : []),
    `took ${(report.duration_ms / 1000).toFixed(1)} s`,
  ].join("\n");
}
