/// <reference lib="dom" />
import { useState } from "preact/hooks";
import { getJson } from "./api.ts";
import { clock, count, dollars, duration, reasonText } from "./format.ts";
import { Card, Icon, TierChip, Trouble } from "./parts.tsx";
import type { OlderRequests, RequestRow, Snapshot } from "./wire.ts";

interface ViewProps {
  data: Snapshot;
  onOpen: (row: RequestRow) => void;
}

/** How many rows are drawn before one asks for more. */
const PAGE = 100;

export function Requests({ data, onOpen }: ViewProps) {
  const [held, setHeld] = useState<RequestRow[]>();
  const [tier, setTier] = useState("");
  const [failures, setFailures] = useState(false);
  const [shown, setShown] = useState(PAGE);
  const older = useOlder();
  const tiers = data.tiers.map(({ name }) => name);
  const live = held ?? data.requests;
  const known = new Set(live.map(({ id }) => id));
  const all = [...live.toReversed(), ...older.rows.filter(({ id }) => !known.has(id))];
  const fitting = all.filter((row) => (tier === "" || row.tier === tier) && (!failures || row.status >= 400));
  const missed = held ? data.requests.length - 1 - data.requests.findLastIndex(({ id }) => id === held.at(-1)?.id) : 0;
  const more = async () => {
    if (shown >= fitting.length && data.history) await older.load(all.at(-1)?.id);
    setShown((before) => before + PAGE);
  };
  return (
    <Card
      title="Requests"
      aside={
        <div class="controls">
          <label>
            Tier
            <select value={tier} onChange={(event) => setTier(event.currentTarget.value)}>
              <option value="">all</option>
              {tiers.map((name) => <option key={name}>{name}</option>)}
            </select>
          </label>
          <label class="check">
            <input type="checkbox" checked={failures} onChange={(event) => setFailures(event.currentTarget.checked)} />
            Errors only
          </label>
          <button
            type="button"
            aria-pressed={held !== undefined}
            onClick={() => setHeld(held ? undefined : data.requests)}
          >
            <Icon name={held ? "play" : "pause"} />
            {held ? "Go on" : "Pause"}
          </button>
        </div>
      }
    >
      <p class="note" role="status">{held ? `Paused: ${missed} new since` : `${count(fitting.length)} requests`}</p>
      <Trouble text={older.trouble} />
      <RequestTable rows={fitting.slice(0, shown)} tiers={tiers} now={data.now} onOpen={onOpen} />
      {(fitting.length > shown || (data.history && older.more)) && (
        <button type="button" class="more" disabled={older.busy} onClick={more}>Show older ones</button>
      )}
    </Card>
  );
}

/** Rows from the disk, read page by page. */
function useOlder() {
  const [state, setState] = useState({ rows: new Array<RequestRow>(), more: true, busy: false, trouble: "" });
  const load = async (before: string | undefined) => {
    setState((now) => ({ ...now, busy: true, trouble: "" }));
    try {
      const query = new URLSearchParams({ limit: String(PAGE), ...(before !== undefined && { before }) });
      const { requests, more } = await getJson<OlderRequests>(`/dashboard/history/requests?${query}`);
      setState((now) => ({ rows: [...now.rows, ...requests], more, busy: false, trouble: "" }));
    } catch (error) {
      setState((now) => ({ ...now, busy: false, trouble: error instanceof Error ? error.message : String(error) }));
    }
  };
  return { ...state, load };
}

interface TableProps {
  /** The newest first. */
  rows: RequestRow[];
  tiers: string[];
  now: number;
  onOpen: (row: RequestRow) => void;
}

export function RequestTable({ rows, tiers, now, onOpen }: TableProps) {
  if (rows.length === 0) {
    return (
      <div class="empty">
        <p>No requests yet</p>
        <p>
          Point an OpenAI client at <code>{location.origin}/v1</code> and ask for the model <code>auto</code>.
        </p>
      </div>
    );
  }
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Table of requests">
      <table class="requests">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Tier</th>
            <th scope="col">Model</th>
            <th scope="col" class="wide-only">Reason</th>
            <th scope="col" class="number wide-only">Sure</th>
            <th scope="col" class="number wide-only">Routing</th>
            <th scope="col" class="number wide-only">First byte</th>
            <th scope="col" class="number">Total</th>
            <th scope="col" class="number wide-only">Tokens</th>
            <th scope="col" class="number">Cost</th>
            <th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>{rows.map((row) => <Row key={row.id} {...{ row, tiers, now, onOpen }} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ row, tiers, now, onOpen }: Omit<TableProps, "rows"> & { row: RequestRow }) {
  const { tokens } = row;
  return (
    <tr>
      <td class="time">{clock(row.at, now)}</td>
      <td>
        <TierChip tier={row.tier} tiers={tiers} />
      </td>
      <td class="model">{row.target}</td>
      <td class="wide-only" title={reasonText(row.reason)}>{row.reason}</td>
      <td class="number wide-only">{row.tier === "none" ? "–" : row.confidence.toFixed(2)}</td>
      <td class="number wide-only">{duration(row.routingMs)}</td>
      <td class="number wide-only">{duration(row.firstByteMs)}</td>
      <td class="number">{duration(row.totalMs)}</td>
      <td class="number wide-only">{tokens ? `${count(tokens.input)} → ${count(tokens.output)}` : "–"}</td>
      <td class="number">{dollars(row.cost)}</td>
      <td>
        <button type="button" class={`status ${statusKind(row)}`} onClick={() => onOpen(row)}>
          {row.status}
          {row.attempts.length > 1 && <small>×{row.attempts.length}</small>}
          <span class="hidden">, details of this request</span>
        </button>
      </td>
    </tr>
  );
}

function statusKind({ status, attempts }: RequestRow): string {
  if (status === 499) return "left";
  if (status >= 400) return "bad";
  return attempts.length > 1 ? "warn" : "good";
}
