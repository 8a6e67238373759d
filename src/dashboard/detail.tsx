/// <reference lib="dom" />
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import { clock, count, dollars, duration, reasonText } from "./format.ts";
import { Dialog, Shares, TierChip, tierColor, Trouble } from "./parts.tsx";
import type { RequestRow, Snapshot } from "./wire.ts";

/** All that is known of one request. */
export function Detail({ row, data, onClose }: { row: RequestRow; data: Snapshot; onClose: () => void }) {
  const tiers = data.tiers.map(({ name }) => name);
  const { tokens } = row;
  const facts = [
    ["Time", clock(row.at, 0)],
    ["Id", row.id],
    ["Model", row.target],
    ["Why", `${row.reason}: ${reasonText(row.reason)}`],
    ["Routing", duration(row.routingMs)],
    ["First byte", duration(row.firstByteMs)],
    ["Total", `${duration(row.totalMs)}${row.stream ? ", streamed" : ""}`],
    [
      "Tokens",
      tokens ? `${count(tokens.input)} in (${count(tokens.cached)} cached), ${count(tokens.output)} out` : "not told",
    ],
    ["Cost", dollars(row.cost)],
    ["Status", `${row.status}${row.error ? `, ${row.error}` : ""}`],
  ];
  return (
    <Dialog title="Request" onClose={onClose}>
      <p class="lead">
        <TierChip tier={row.tier} tiers={tiers} />
        {row.flagged && <span class="note">flagged: the judgement was not sure</span>}
      </p>
      {row.ask !== undefined && <blockquote>{row.ask}</blockquote>}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {row.probabilities && (
        <>
          <h3>How probable each tier was</h3>
          <Shares shares={Object.entries(row.probabilities)} color={(name) => tierColor(tiers, name)} />
        </>
      )}
      {row.attempts.length > 1 && (
        <>
          <h3>Who was asked</h3>
          <ol class="attempts">
            {row.attempts.map(({ target, status, error, ms }, at) => (
              <li key={at}>
                <b>{target}</b> {error ?? status} <span class="note">{duration(ms)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      <Feedback id={row.id} tiers={tiers} on={data.feedback} />
    </Dialog>
  );
}

/** Which tier the request would have deserved; kept by the server for the next retraining. */
function Feedback({ id, tiers, on }: { id: string; tiers: string[]; on: boolean }) {
  const [said, setSaid] = useState("");
  const [trouble, setTrouble] = useState("");
  const send = async (tier: string) => {
    setTrouble("");
    try {
      await postJson("/feedback", { request_id: id, tier });
      setSaid(tier);
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section class="feedback" aria-labelledby="feedback-title">
      <h3 id="feedback-title">Which tier would it have deserved?</h3>
      <div class="buttons">
        {tiers.map((tier) => (
          <button
            type="button"
            key={tier}
            disabled={!on}
            aria-pressed={said === tier}
            onClick={() => send(tier)}
          >
            <i class="dot" style={{ background: `var(${tierColor(tiers, tier)})` }} aria-hidden="true" />
            {tier}
          </button>
        ))}
      </div>
      <p class="note" role="status">
        {on
          ? said === "" ? "" : `Kept as ${said}, for the next retraining.`
          : "Feedback is off: FEEDBACK=on keeps the prompts that you label, on the router's disk."}
      </p>
      <Trouble text={trouble} />
    </section>
  );
}
