import { createApp } from "../app.ts";
import type { Classifier } from "../classifier/classifier.ts";
import type { Config } from "../config.ts";
import { createAuth } from "../http/auth.ts";
import { createReadJson, createReadText } from "../http/body.ts";
import { createChat } from "../http/chat.ts";
import { createClassify } from "../http/classify.ts";
import { createExplainPage } from "../http/explain.ts";
import { createFailure } from "../http/failure.ts";
import { createFeedback } from "../http/feedback.ts";
import { createGate } from "../http/gate.ts";
import { createHealthPage, createReady, live } from "../http/health.ts";
import { createRateCheck } from "../http/limits.ts";
import { createMetricsPage } from "../http/metrics.ts";
import { createModels } from "../http/models.ts";
import { createOriginCheck } from "../http/origin.ts";
import { createReloadPage, type Reload } from "../http/reload.ts";
import { createRetrain } from "../http/retrain.ts";
import { createSavingsPage } from "../http/savings.ts";
import { createWelcome } from "../http/welcome.ts";
import type { Metrics } from "../ledger/metrics.ts";
import { everyone, type KnownKey } from "../limits/client.ts";
import { createLimits } from "../limits/limits.ts";
import { createAttempt } from "../providers/attempt.ts";
import { createEcho, createTarget } from "../providers/target.ts";
import { createExplain } from "../routing/explain.ts";
import { createRouter, type Tier } from "../routing/route.ts";
import { fillTiers } from "../routing/tiers.ts";
import type { Host } from "../runtime/host.ts";
import { createOwnExamples } from "../store/examples.ts";
import { VERSION } from "../version.ts";
import type { Classifying } from "./classifying.ts";
import { buildDashboard } from "./dashboard.ts";
import { buildJudge } from "./judging.ts";
import { defaultLimits } from "./keys.ts";
import type { Lasting } from "./lasting.ts";
import { sleep } from "./sleep.ts";

interface ServingParts {
  host: Host;
  config: Config;
  /** Undefined: the router is open. */
  keys: readonly KnownKey[] | undefined;
  lasting: Lasting;
  classifying: Classifying;
  draining: () => boolean;
  /** Requests under way. */
  pending: () => number;
  /** Another configuration serves. */
  replaced: () => boolean;
  reload: Reload;
}

/** What one configuration serves: replaced whole by the next one. */
export interface Serving {
  tiers: readonly Tier[];
  /** How many keys open it; undefined: it is open. */
  keys: number | undefined;
  /** How long requests under way may take once the server is told to stop. */
  drainSeconds: number;
  answer(request: Request): Response | Promise<Response>;
}

/** Builds everything that one configuration is about. Nothing here may hold what the next configuration must know. */
export function createServing(
  { host, config, keys, lasting, classifying, draining, pending, replaced, reload }: ServingParts,
): Serving {
  const { log, now, newId, sessions, health } = lasting;
  const { classifier, job } = classifying;
  const tiers = tiersOf(config);
  const tierNames = tiers.map(({ name }) => name);
  const modelName = config.MODEL_NAME;
  const attempt = createAttempt({ send: lasting.send, health, now, sleep });
  const judge = buildJudge({ classify: counted(classifier, lasting.ledger.metrics) }, config);
  const lower = config.SESSION_LOWER;
  const router = createRouter({ judge, sessions, lower, tiers, modelName, now, hash: host.hash });
  const limits = createLimits(lasting.meter, () => Date.now());
  const status = () => {
    const alone = lasting.sharing !== undefined && !lasting.sharing.link.up();
    return alone && classifying.status() === "ok" ? "degraded" : classifying.status();
  };
  const readJson = createReadJson(config.MAX_BODY_MB, config.UPLOAD_SECONDS);
  const readText = createReadText(config.MAX_BODY_MB, config.UPLOAD_SECONDS);
  const memory = config.FEEDBACK ? lasting.asks : undefined;
  const { history } = lasting.ledger;
  const remember = (requestId: string, ask: string) => {
    memory?.remember(requestId, ask);
    history?.remember(requestId, ask);
  };
  const names = [modelName, "auto", ...tierNames];
  const app = createApp({
    gate: createGate({ draining, pending, most: config.MAX_CONCURRENT }),
    auth: createAuth({ keys, everyone: everyone(defaultLimits(config)) }),
    rateCheck: createRateCheck(limits),
    failure: createFailure(log),
    corsOrigins: config.CORS_ORIGIN,
    newId,
    welcome: createWelcome({ version: VERSION, modelName }),
    chat: createChat({
      readJson,
      router,
      attempt,
      open: lasting.ledger.open,
      afford: limits.afford,
      follow: lasting.ledger.tracer?.follow,
      remember: memory || history ? remember : undefined,
    }),
    models: createModels({ names: [...new Set(names)], created: lasting.started }),
    classify: createClassify({ readJson, judge, now }),
    explain: createExplainPage({
      readJson,
      explain: createExplain({ judge, classifier, neighbours: lasting.neighbours, sessions }),
    }),
    originCheck: createOriginCheck(config.CORS_ORIGIN),
    retrain: createRetrain({ readText, job }),
    feedback: createFeedback({
      readJson,
      memory,
      tiers: tierNames,
      add: (row) => createOwnExamples(host.files, config.DATA_DIR).add("feedback", [row]),
    }),
    reload: createReloadPage({ readText, reload }),
    health: createHealthPage({ status, version: VERSION, modelName, tiers, health }),
    metrics: createMetricsPage(lasting.ledger.metrics),
    savings: createSavingsPage(lasting.ledger.savings),
    ready: createReady(() => classifying.judges() && classifying.status() !== "starting" && !draining()),
    live,
    dashboard: buildDashboard({
      ...{ host, config, lasting, classifying, tiers },
      over: () => draining() || replaced(),
    }),
  });
  return { tiers, keys: keys?.length, drainSeconds: config.DRAIN_SECONDS, answer: (request) => app.fetch(request) };
}

/** Every tier with the targets that serve it. */
export function tiersOf({ tiers, TIMEOUT, STREAM_USAGE }: Config): readonly Tier[] {
  const options = { timeoutSeconds: TIMEOUT, streamUsage: STREAM_USAGE };
  const owned = tiers.map(({ name, targets }) => ({
    name,
    targets: targets.map((target) => createTarget(target, options)),
  }));
  return fillTiers(owned, createEcho());
}

/** Judges as the classifier does, and says how each judgement came about. */
function counted(classifier: Classifier, { judged }: Metrics): Classifier["classify"] {
  return async (text) => {
    const judgement = await classifier.classify(text);
    judged(judgement.reason);
    return judgement;
  };
}
