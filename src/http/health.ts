import type { Context } from "hono";
import type { Health } from "../providers/health.ts";
import type { Tier } from "../routing/route.ts";

/** How far the program is. */
export type Status = "starting" | "ok" | "degraded";

interface HealthParts {
  status: () => Status;
  version: string;
  modelName: string;
  tiers: readonly Tier[];
  health: Health;
}

/** `GET /health`: always 200; what is served by whom, and which targets are held back. */
export function createHealthPage({ status, version, modelName, tiers, health }: HealthParts) {
  const names = [...new Set(tiers.flatMap(({ targets }) => targets.map(({ name }) => name)))];
  const served = Object.fromEntries(tiers.map(({ name, targets: [target], configured }) => {
    return [name, { provider: target?.provider, model: target?.model, configured }];
  }));
  return (context: Context): Response => {
    const targets = Object.fromEntries(names.map((name) => [name, health.state(name)]));
    return context.json({ status: status(), version, model_name: modelName, tiers: served, targets });
  };
}

/** `GET /ready`: 200 once requests are answered without waiting, 503 before and while draining. */
export function createReady(ready: () => boolean) {
  return (context: Context): Response => context.json({ ready: ready() }, ready() ? 200 : 503);
}

/** `GET /live`: 200 as long as the process answers at all. */
export function live(context: Context): Response {
  return context.json({ live: true });
}
