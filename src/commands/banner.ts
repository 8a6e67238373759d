import type { Config } from "../config.ts";
import type { Tier } from "../routing/route.ts";

interface BannerParts {
  config: Config;
  /** How many keys open it; undefined: it is open. */
  keys: number | undefined;
  tiers: readonly Tier[];
  port: number;
  version: string;
  runtime: string;
}

/** The same as data. */
export function summary({ config, keys, tiers, port, version, runtime }: BannerParts): Record<string, unknown> {
  const served = tiers.map(({ name, targets }) => [name, targets.map((target) => target.name)]);
  const endpoint = endpointOf(config, port);
  return {
    version,
    runtime,
    endpoint,
    model: config.MODEL_NAME,
    keyed: keys !== undefined,
    tiers: Object.fromEntries(served),
  };
}

function endpointOf({ HOST }: Config, port: number): string {
  const host = ["0.0.0.0", "::"].includes(HOST) ? "localhost" : HOST.includes(":") ? `[${HOST}]` : HOST;
  return `http://${host}:${port}/v1`;
}

/** An address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/** What the owner sees at start: where to point clients, and who serves what. */
export function banner({ config, keys, tiers, port, version, runtime }: BannerParts): string {
  const width = Math.max(...tiers.map(({ name }) => name.length));
  const lines = [
    `VirtuSoul Router ${version} (${runtime})`,
    "",
    `  endpoint   ${endpointOf(config, port)}`,
    `  model      ${config.MODEL_NAME} (or auto, or a tier's name)`,
    `  API key    ${keys !== undefined ? `required (${keys} known)` : "not required"}`,
    `  tiers      ${tiers.map((tier) => tierLine(tier, width)).join("\n             ")}`,
    "",
  ];
  if (tiers.every(({ configured }) => !configured)) lines.push(...DEMONSTRATION, "");
  if (keys === undefined && !isLoopback(config.HOST)) {
    lines.push(
      `Warning: everyone who reaches ${config.HOST}:${port} may use this router. Set API_KEY, or HOST=127.0.0.1.`,
      "",
    );
  }
  return lines.join("\n");
}

const DEMONSTRATION = [
  "This is the demonstration: no tier is configured, so the built-in echo answers every request.",
  "To use real providers, run the command init, which asks what there is and writes a file named .env into this folder;",
  "or write it yourself, for example",
  "  OPENAI_API_KEY=sk-...",
  "  SIMPLE_PROVIDER=openai",
  "  SIMPLE_MODEL=gpt-4o-mini",
  "  COMPLEX_PROVIDER=openai",
  "  COMPLEX_MODEL=gpt-4o",
  "and start again. The file .env.example explains every setting.",
];

function tierLine({ name, targets, configured }: Tier, width: number): string {
  const [first, ...others] = targets.map((target) => target.name);
  const fallbacks = others.length > 0 ? `, then ${others.join(", ")}` : "";
  return `${name.padEnd(width)} → ${first}${fallbacks}${configured ? "" : " (fallback: not configured)"}`;
}
