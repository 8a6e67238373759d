/// <reference lib="dom" />
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import { reasonText } from "./format.ts";
import { Card, Shares, TierChip, tierColor, Trouble } from "./parts.tsx";
import type { NewExample } from "./teach.tsx";

/** `POST /explain`, as far as it is shown. */
interface Explanation {
  ask: string;
  tier: string;
  reason: string;
  reason_text: string;
  probabilities: Record<string, number>;
  nearest: { text: string; tier: string; similarity: number }[];
  signs: { name: string; value: number; weight: number }[];
  flips: { without: string; tier: string }[];
}

const IDEAS = ["What is the capital of France?", "Explain how DNS works", "Prove sqrt(2) is irrational"];

export function Explain({ tiers, onTeach }: { tiers: string[]; onTeach: (example: NewExample) => void }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [found, setFound] = useState<Explanation>();
  const run = async (asked: string) => {
    setBusy(true);
    setTrouble("");
    try {
      setFound(await postJson<Explanation>("/explain", { text: asked }));
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy) void run(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return (
    <div class="grid two">
      <Card title="Why does a prompt go where it goes?">
        <form onSubmit={submit}>
          <label for="prompt">Prompt</label>
          <textarea
            id="prompt"
            rows={6}
            placeholder="Type or paste what somebody would ask"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <div class="buttons">
            <button type="submit" class="main" disabled={busy}>{busy ? "Judging …" : "Explain"}</button>
            <span class="note">Ctrl + Enter. Nothing is sent to any model.</span>
          </div>
        </form>
        <Trouble text={trouble} />
        <h3>Try one</h3>
        <div class="buttons">
          {IDEAS.map((idea) => (
            <button
              type="button"
              key={idea}
              disabled={busy}
              onClick={() => {
                setText(idea);
                void run(idea);
              }}
            >
              {idea}
            </button>
          ))}
        </div>
      </Card>
      <div aria-live="polite">
        {found && <Result key={found.ask} found={found} tiers={tiers} onTeach={onTeach} />}
      </div>
    </div>
  );
}

interface ResultProps {
  found: Explanation;
  tiers: string[];
  onTeach: (example: NewExample) => void;
}

function Result({ found, tiers, onTeach }: ResultProps) {
  const [taught, setTaught] = useState("");
  const probabilities = Object.entries(found.probabilities);
  return (
    <Card title="Judgement" aside={<TierChip tier={found.tier} tiers={tiers} />}>
      <p>
        <b>{found.reason}</b> ({reasonText(found.reason)}): {found.reason_text}
      </p>
      {probabilities.length > 0 && <Shares shares={probabilities} color={(name) => tierColor(tiers, name)} />}
      {found.flips.length > 0 && (
        <>
          <h3>It would change without</h3>
          <ul class="flips">
            {found.flips.map(({ without, tier }) => (
              <li key={without}>
                <q>{without}</q> → <TierChip tier={tier} tiers={tiers} />
              </li>
            ))}
          </ul>
        </>
      )}
      {found.nearest.length > 0 && (
        <>
          <h3>The most similar examples</h3>
          <ul class="nearest">
            {found.nearest.map(({ text, tier, similarity }) => (
              <li key={text}>
                <TierChip tier={tier} tiers={tiers} />
                <span>{text}</span>
                <b title="similarity">{similarity.toFixed(2)}</b>
              </li>
            ))}
          </ul>
        </>
      )}
      {found.signs.length > 0 && <Signs signs={found.signs} tier={found.tier} />}
      <h3>Not what it deserves?</h3>
      <div class="buttons">
        {tiers.map((tier) => (
          <button
            type="button"
            key={tier}
            aria-pressed={taught === tier}
            disabled={taught !== ""}
            onClick={() => {
              setTaught(tier);
              onTeach({ text: found.ask, tier });
            }}
          >
            <i class="dot" style={{ background: `var(${tierColor(tiers, tier)})` }} aria-hidden="true" />
            {tier}
          </button>
        ))}
      </div>
      <p class="note" role="status">
        {taught !== "" && (
          <>
            An example for <a href="#teach">Teach</a> now, as {taught}.
          </>
        )}
      </p>
    </Card>
  );
}

/** What the looks of a text, apart from its words, did to the judgement. */
function Signs({ signs, tier }: { signs: Explanation["signs"]; tier: string }) {
  const most = Math.max(...signs.map(({ weight }) => Math.abs(weight)), 1e-9);
  return (
    <details>
      <summary>Signs of its form</summary>
      <table class="signs">
        <thead>
          <tr>
            <th scope="col">Sign</th>
            <th scope="col" class="number">Value</th>
            <th scope="col">For {tier}, or against</th>
          </tr>
        </thead>
        <tbody>
          {signs.map(({ name, value, weight }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value}</td>
              <td>
                <span class={`pull ${weight < 0 ? "against" : "for"}`}>
                  <i style={{ width: `${50 * Math.abs(weight) / most}%` }} aria-hidden="true" />
                  <span>{weight.toFixed(2)}</span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
