import { clock, count, dollars, percent } from "./format.ts";
import { Card, widthOf } from "./parts.tsx";
import type { Savings } from "./wire.ts";

/** Four ways to serve the same traffic. */
export function SavingsCard({ savings, started }: { savings: Savings; started: number }) {
  const { actual, strongest, best_single: single, random_mix: mix } = savings;
  const lines = [
    { name: "As routed", ...actual, own: true },
    { name: `Always ${strongest.tier}`, ...strongest, own: false },
    { name: `Best single tier: ${single.tier}`, ...single, own: false },
    { name: `By lot, ${percent(mix.strongest_share, 0)} ${strongest.tier}`, ...mix, own: false },
  ];
  const most = Math.max(...lines.map(({ cost }) => cost ?? 0), 1e-12);
  const { unpriced, uncounted } = savings;
  return (
    <Card title="Savings" aside={<span class="note">since {clock(started, Date.now())}</span>}>
      <div class="scroll">
        <table class="savings">
          <thead>
            <tr>
              <th scope="col">The same traffic</th>
              <th scope="col" class="number">Cost</th>
              <th scope="col" class="number" title="Requests that went to a tier at least as strong as they deserve">
                Strong enough
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ name, cost, adequate, own }) => (
              <tr key={name} class={own ? "own" : ""}>
                <th scope="row">
                  {name}
                  <span class="bar" aria-hidden="true">
                    <i style={{ width: widthOf((cost ?? 0) / most) }} />
                  </span>
                </th>
                <td class="number">{dollars(cost)}</td>
                <td class="number">{adequate === null ? "–" : percent(adequate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        Of {count(savings.requests)} requests with known price and tokens; {count(savings.retries)} retries are counted.
        {unpriced.requests > 0 && ` Left out, price not known: ${unpriced.requests} (${unpriced.models.join(", ")}).`}
        {uncounted > 0 && ` Left out, tokens not told: ${uncounted}.`}
      </p>
    </Card>
  );
}
