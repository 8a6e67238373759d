import { count, duration, percent } from "./format.ts";
import { Card, TierChip } from "./parts.tsx";

/** `POST /retrain`'s answer: what the gate saw. */
export interface RetrainReport {
  accepted: boolean;
  reason: string;
  samples: number;
  samples_per_tier: Record<string, number>;
  cv_accuracy: number | null;
  cv_accuracy_before: number | null;
  /** By the tier that was right, then by the one that was judged. */
  confusion: Record<string, Record<string, number>> | null;
  flipped: { text: string; tier: string; judged: string }[];
  duration_ms: number;
}

export function Report({ report, tiers }: { report: RetrainReport; tiers: string[] }) {
  const { cv_accuracy: now, cv_accuracy_before: before } = report;
  const change = now !== null && before !== null ? 100 * (now - before) : undefined;
  const tiles = [
    {
      name: "Accuracy",
      value: percent(now),
      note: before === null ? "held-out examples" : `before ${percent(before)}`,
    },
    {
      name: "Change",
      value: change === undefined ? "–" : `${change >= 0 ? "+" : "−"}${Math.abs(change).toFixed(1)}`,
      note: "points",
    },
    { name: "Flipped", value: count(report.flipped.length), note: "prompts that must not" },
    { name: "Examples", value: count(report.samples), note: `in ${duration(report.duration_ms)}` },
  ];
  return (
    <Card title="The gate's report">
      <p class={`verdict ${report.accepted || /^it would be accepted/.test(report.reason) ? "good" : "bad"}`}>
        {report.reason}
      </p>
      <dl class="tiles small">
        {tiles.map(({ name, value, note }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              <small>{note}</small>
            </dd>
          </div>
        ))}
      </dl>
      {report.confusion && <Confusion confusion={report.confusion} counts={report.samples_per_tier} />}
      {report.flipped.length > 0 && (
        <>
          <h3>Prompts that must not flip, and would</h3>
          <ul class="nearest">
            {report.flipped.map(({ text, tier, judged }) => (
              <li key={text}>
                <TierChip tier={tier} tiers={tiers} />
                <span>{text}</span>
                <TierChip tier={judged} tiers={tiers} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

interface ConfusionProps {
  confusion: Record<string, Record<string, number>>;
  counts: Record<string, number>;
}

function Confusion({ confusion, counts }: ConfusionProps) {
  const names = Object.keys(confusion);
  const shareOf = (right: string, judged: string) => {
    const row = Object.values(confusion[right] ?? {}).reduce((sum, value) => sum + value, 0);
    return row === 0 ? 0 : (confusion[right]?.[judged] ?? 0) / row;
  };
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Confusion matrix">
      <table class="confusion">
        <caption>What held-out examples deserve (rows), and what they were judged to be (columns)</caption>
        <thead>
          <tr>
            <td />
            {names.map((name) => <th scope="col" key={name} class="number">{name}</th>)}
            <th scope="col" class="number">examples</th>
          </tr>
        </thead>
        <tbody>
          {names.map((right) => (
            <tr key={right}>
              <th scope="row">{right}</th>
              {names.map((judged) => (
                <td
                  key={judged}
                  class="number"
                  style={{ "--share": `${Math.round(70 * shareOf(right, judged))}%` }}
                >
                  {percent(shareOf(right, judged), 0)}
                </td>
              ))}
              <td class="number">{count(counts[right])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
