import type { Config } from "../config.ts";
import { createData, type DashboardSource } from "../http/dashboard/data.ts";
import { createEvents } from "../http/dashboard/events.ts";
import { createHistoryRequests, createHistorySeries } from "../http/dashboard/history.ts";
import { createPage } from "../http/dashboard/page.ts";
import type { Tier } from "../routing/route.ts";
import type { Host } from "../runtime/host.ts";
import { VERSION } from "../version.ts";
import type { Classifying } from "./classifying.ts";
import type { Lasting } from "./lasting.ts";

/** The page, made by `scripts/dashboard.ts`. */
const PAGE = "src/dashboard/page.html";

interface DashboardParts {
  host: Host;
  config: Config;
  lasting: Lasting;
  classifying: Classifying;
  tiers: readonly Tier[];
  /** These settings serve no more, or the server stops. */
  over: () => boolean;
}

/** The handlers of `/dashboard` and what lies below. */
export function buildDashboard({ host, config, lasting, classifying, tiers, over }: DashboardParts) {
  const { health, started, ledger: { ring, savings, history } } = lasting;
  const targets = new Set(tiers.flatMap((tier) => tier.targets.map(({ name }) => name)));
  const source: DashboardSource = {
    ring,
    wallClock: () => Date.now(),
    state: () => ({
      status: classifying.status(),
      targets: Object.fromEntries([...targets].map((name) => [name, health.state(name)])),
      waiting: classifying.classifier.waiting(),
      savings: savings.report().total,
    }),
    facts: {
      version: VERSION,
      model_name: config.MODEL_NAME,
      started: started * 1000,
      tiers: tiers.map(({ name, configured, targets: [target] }) => ({ name, target: target?.name ?? "", configured })),
      feedback: config.FEEDBACK,
      history: history !== undefined,
      history_text: history !== undefined && config.HISTORY_TEXT,
    },
  };
  return {
    page: createPage(() => host.asset(PAGE), { keyNeeded: config.API_KEY.length > 0 }),
    data: createData(source),
    events: createEvents({ ...source, over }),
    series: createHistorySeries(history),
    older: createHistoryRequests(history),
  };
}
