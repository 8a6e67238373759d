import type { Probe } from "../commands/run.ts";
import type { Config } from "../config.ts";
import type { TargetConfig } from "../providers/settings.ts";
import type { Send } from "../providers/send.ts";
import { createEcho, createTarget, type Target } from "../providers/target.ts";

/** Every target of the configuration, once each: the same model behind another address or key is another target. */
export function createProbes({ tiers, TIMEOUT }: Config, send: Send, newId: () => string): Probe[] {
  const options = { timeoutSeconds: TIMEOUT, streamUsage: false };
  const served = new Map<string, { config: TargetConfig; tiers: string[] }>();
  for (const { name, targets } of tiers) {
    for (const config of targets) {
      const key = JSON.stringify(config);
      const known = served.get(key);
      if (known) known.tiers.push(name);
      else served.set(key, { config, tiers: [name] });
    }
  }
  const probe = (target: Target, tiers: string[]): Probe => ({
    target: target.name,
    provider: target.provider,
    tiers,
    call: async () => void await send(target, ASKED, contextOf(newId(), tiers[0] ?? "")),
  });
  if (served.size === 0) return [probe(createEcho(), tiers.map(({ name }) => name))];
  return [...served.values()].map((one) => probe(createTarget(one.config, options), one.tiers));
}

/** Some vendors take no fewer tokens than 16. */
const ASKED = { model: "auto", messages: [{ role: "user" as const, content: "Say OK" }], max_tokens: 16 };

function contextOf(requestId: string, tier: string) {
  const routing = { tier, confidence: 1, reason: "direct" };
  return { signal: new AbortController().signal, requestId, trace: {}, routing };
}
