/// <reference lib="dom" />
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import { Card, Dialog, TierChip, Trouble } from "./parts.tsx";
import { Report, type RetrainReport } from "./report.tsx";
import { readExamples } from "./examples.ts";
import type { Snapshot } from "./wire.ts";

/** A text and the tier it deserves, not yet learned. */
export interface NewExample {
  text: string;
  tier: string;
}

interface TeachProps {
  data: Snapshot;
  examples: NewExample[];
  onExamples: (examples: NewExample[]) => void;
}

/** What is asked of the server, and how it is said while it runs. */
const DOINGS = {
  try: { flags: { dry_run: true }, words: "Trying …" },
  swap: { flags: {}, words: "Retraining …" },
  force: { flags: { force: true }, words: "Retraining …" },
  back: { flags: { rollback: true }, words: "Rolling back …" },
} as const;
type Doing = keyof typeof DOINGS;

export function Teach({ data, examples, onExamples }: TeachProps) {
  const tiers = data.tiers.map(({ name }) => name);
  const [mode, setMode] = useState<"extend" | "replace">("extend");
  const [busy, setBusy] = useState<Doing>();
  const [asking, setAsking] = useState<"force" | "back">();
  const [trouble, setTrouble] = useState("");
  const [done, setDone] = useState<{ doing: Doing; report: RetrainReport; tried: string }>();
  const request = JSON.stringify({ examples, mode });
  const run = async (doing: Doing) => {
    setAsking(undefined);
    setBusy(doing);
    setTrouble("");
    try {
      const body = doing === "back" ? {} : { examples, mode };
      const report = await postJson<RetrainReport>("/retrain", { ...body, ...DOINGS[doing].flags });
      setDone({ doing, report, tried: request });
      if (report.accepted && doing !== "back") onExamples([]);
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
    setBusy(undefined);
  };
  // What was tried is what may be swapped in.
  const tried = done?.doing !== "back" && done?.tried === request && !done.report.accepted ? done : undefined;
  const refused = tried !== undefined && !/^it would be accepted/.test(tried.report.reason);
  return (
    <div class="grid two">
      <Card title="Examples">
        <Editor tiers={tiers} examples={examples} onExamples={onExamples} />
        <fieldset class="radios">
          <legend>Learn from</legend>
          <label>
            <input type="radio" name="mode" checked={mode === "extend"} onChange={() => setMode("extend")} />
            the shipped examples and yours
          </label>
          <label>
            <input type="radio" name="mode" checked={mode === "replace"} onChange={() => setMode("replace")} />
            yours alone
          </label>
        </fieldset>
        <div class="buttons">
          <button type="button" class="main" disabled={busy !== undefined} onClick={() => run("try")}>
            {busy === "try" ? DOINGS.try.words : "Try it (dry run)"}
          </button>
          <button type="button" disabled={busy !== undefined || !tried || refused} onClick={() => run("swap")}>
            Swap it in
          </button>
          <button
            type="button"
            class="danger"
            disabled={busy !== undefined || !refused}
            onClick={() => setAsking("force")}
          >
            Force
          </button>
          <button type="button" class="danger" disabled={busy !== undefined} onClick={() => setAsking("back")}>
            Roll back
          </button>
        </div>
        <p class="note">
          Requests go on meanwhile. The new head serves only if it is not worse on held-out examples and on the prompts
          that must not flip.
        </p>
        <p class="note" role="status">{busy ? DOINGS[busy].words : ""}</p>
        <Trouble text={trouble} />
      </Card>
      <div aria-live="polite">
        {done && <Report report={done.report} tiers={tiers} />}
      </div>
      {asking && (
        <Dialog
          title={asking === "force" ? "Force it in?" : "Roll back?"}
          onClose={() => setAsking(undefined)}
        >
          <p>
            {asking === "force"
              ? "The gate refused this head: it judges worse than the one that serves. Forced, it serves all the same."
              : "The head before this one serves again, and the present one is dropped."}
          </p>
          <div class="buttons">
            <button type="button" class="danger" onClick={() => run(asking)}>
              {asking === "force" ? "Force it in" : "Roll back"}
            </button>
            <button type="button" onClick={() => setAsking(undefined)}>Leave it</button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

interface EditorProps extends Pick<TeachProps, "examples" | "onExamples"> {
  tiers: string[];
}

function Editor({ tiers, examples, onExamples }: EditorProps) {
  const [text, setText] = useState("");
  const [tier, setTier] = useState(tiers[0] ?? "");
  const [trouble, setTrouble] = useState("");
  const add = (event: Event) => {
    event.preventDefault();
    try {
      onExamples([...examples, ...readExamples(text, tier, tiers)]);
      setText("");
      setTrouble("");
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <form onSubmit={add}>
        <label for="examples">
          Prompts, one a line; <code>tier: prompt</code> and JSON lines are understood
        </label>
        <textarea
          id="examples"
          rows={4}
          placeholder="turn the lamp in the hall off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="buttons">
          <label>
            Tier
            <select value={tier} onChange={(event) => setTier(event.currentTarget.value)}>
              {tiers.map((name) => <option key={name}>{name}</option>)}
            </select>
          </label>
          <button type="submit" disabled={text.trim() === ""}>Add</button>
        </div>
        <Trouble text={trouble} />
      </form>
      {examples.length > 0 && (
        <ul class="nearest" aria-label="New examples">
          {examples.map((example, at) => (
            <li key={at}>
              <TierChip tier={example.tier} tiers={tiers} />
              <span>{example.text}</span>
              <button
                type="button"
                class="quiet"
                onClick={() => onExamples(examples.filter((_, other) => other !== at))}
              >
                Remove<span class="hidden">: {example.text}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
