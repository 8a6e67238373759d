import { duration } from "./format.ts";
import { Card } from "./parts.tsx";
import { percentilesOf } from "./series.ts";
import type { Breaker, Snapshot } from "./wire.ts";

const STATES: Readonly<Record<Breaker, string>> = { closed: "well", half_open: "on trial", open: "held back" };

/** Who answers for which tier, and how that goes: the breaker, and the calls in memory. */
export function TargetsCard({ data }: { data: Snapshot }) {
  const calls = data.requests.flatMap(({ attempts }) => attempts);
  const names = [...new Set([...Object.keys(data.targets), ...calls.map(({ target }) => target)])];
  const rows = names.map((name) => {
    const own = calls.filter(({ target }) => target === name);
    const failed = own.filter(({ status, error }) => error !== undefined || (status ?? 0) >= 400);
    const tiers = data.tiers.filter(({ target }) => target === name).map((tier) => tier.name);
    return {
      name,
      tiers,
      calls: own.length,
      failed: failed.length,
      last: failed.at(-1),
      times: own.map(({ ms }) => ms),
    };
  });
  const aside = data.waiting > 0 && <span class="note">{data.waiting} judgements wait</span>;
  return (
    <Card title="Models" class="full" aside={aside}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Serves</th>
              <th scope="col">Breaker</th>
              <th scope="col" class="number">Calls</th>
              <th scope="col" class="number">Failed</th>
              <th scope="col" class="number">Median</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, tiers, calls, failed, last, times }) => {
              const state = data.targets[name];
              return (
                <tr key={name}>
                  <th scope="row">
                    {name}
                  </th>
                  <td>{tiers.length > 0 ? tiers.join(", ") : "fallback"}</td>
                  <td>{state && <span class={`state ${state}`}>{STATES[state]}</span>}</td>
                  <td class="number">{calls}</td>
                  <td class={`number ${failed > 0 ? "bad" : ""}`}>
                    {failed}
                    {last && <small>{last.error ?? last.status}</small>}
                  </td>
                  <td class="number">{duration(percentilesOf(times)?.p50)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
