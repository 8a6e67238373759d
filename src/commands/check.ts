import { type Config, mergeEnvironment, readConfig, tierNamesIn } from "../config.ts";
import { type Complaint, SettingsError, UpstreamError } from "../errors.ts";
import { isLoopback } from "./banner.ts";
import { type ListedSetting, listSettings, strangersIn } from "./list-settings.ts";
import { DEFAULT_TIMEOUT } from "../providers/target.ts";
import type { Tier } from "../routing/route.ts";
import { defaultWorkers } from "../start/judging.ts";
import { readKeys } from "../start/keys.ts";
import type { CommandContext, Probe } from "./run.ts";
import { columns, type Paint, paintFor } from "./terminal.ts";

interface CheckOptions {
  live?: boolean;
  json?: boolean;
}

interface CheckReport {
  ok: boolean;
  settings: ListedSetting[];
  /** Who serves each tier, in order, a tier that is not configured too; absent where the settings are not valid. */
  tiers?: Record<string, string[]>;
  complaints: Complaint[];
  warnings: string[];
  live?: LiveResult[];
}

interface LiveResult {
  target: string;
  tiers: string[];
  ok: boolean;
  ms: number;
  error: string | null;
}

/** Prints every setting with its source, and what is wrong. False when something is. */
export async function check(context: CommandContext, { live = false, json = false }: CheckOptions): Promise<boolean> {
  const { host, build } = context;
  const complaints: Complaint[] = [];
  const complaining = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      complaints.push(...error.complaints);
      return undefined;
    }
  };
  const dotenv = await complaining(() => context.dotenv());
  const values = mergeEnvironment(host.env, dotenv);
  const config = await complaining(() => readConfig(values));
  if (config) await complaining(() => build.fits(config));
  const sources = { environment: mergeEnvironment(host.env, undefined), dotenv: mergeEnvironment({}, dotenv) };
  const report: CheckReport = {
    ok: complaints.length === 0,
    settings: listSettings(tierNamesIn(values), sources, {
      TIMEOUT: String(DEFAULT_TIMEOUT),
      CLASSIFIER_WORKERS: String(defaultWorkers(host)),
    }),
    ...(config ? { tiers: servedBy(build.tiers(config)) } : {}),
    complaints,
    warnings: [...strangersIn(sources.dotenv, tierNamesIn(values)), ...config ? await doubtsOf(context, config) : []],
  };
  if (live && config && report.ok) {
    report.live = await callAll(build.probes(config), (text) => json || !host.terminal.stderr || host.stderr(text));
    report.ok = report.live.every(({ ok }) => ok);
  }
  host.stdout(`${json ? JSON.stringify(report) : page(report, paintFor(host))}\n`);
  return report.ok;
}

function servedBy(tiers: readonly Tier[]): Record<string, string[]> {
  return Object.fromEntries(tiers.map(({ name, targets }) => [name, targets.map((target) => target.name)]));
}

/** What works, and may yet not be meant. */
async function doubtsOf({ host }: CommandContext, config: Config): Promise<string[]> {
  const { HOST, DATA_DIR, tiers } = config;
  // What is wrong with the file is said among the complaints.
  const keys = await readKeys(host, config).catch(() => []);
  const unwritable = await host.files.unwritable(DATA_DIR);
  const open = keys === undefined && !isLoopback(HOST);
  const demonstration = tiers.every(({ targets }) => targets.length === 0);
  return [
    ...(demonstration ? ["no tier is configured: the built-in echo answers every request (the demonstration)"] : []),
    ...(open ? [`everyone who reaches ${HOST} may use this router: set API_KEY, or HOST=127.0.0.1`] : []),
    ...(unwritable === undefined ? [] : [`DATA_DIR cannot be written to: ${unwritable}`]),
  ];
}

/** Calls each target once: providers side by side, the models of one after another, since they may share a machine. */
async function callAll(probes: readonly Probe[], progress: (text: string) => void): Promise<LiveResult[]> {
  const results = new Map<Probe, LiveResult>();
  const queues = Map.groupBy(probes, ({ provider }) => provider);
  await Promise.all([...queues.values()].map(async (queue) => {
    for (const probe of queue) {
      results.set(probe, await resultOf(probe));
      progress(`\r${results.size} of ${probes.length} targets asked`);
    }
  }));
  progress("\r\x1b[K");
  return probes.flatMap((probe) => results.get(probe) ?? []);
}

async function resultOf({ target, tiers, call }: Probe): Promise<LiveResult> {
  const began = performance.now();
  const result = (error: string | null): LiveResult => {
    return { target, tiers, ok: error === null, ms: Math.round((performance.now() - began) * 10) / 10, error };
  };
  try {
    await call();
    return result(null);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const status = error instanceof UpstreamError ? `${error.status}: ` : "";
    return result(`${status}${message}`.replaceAll(/\s+/g, " ").slice(0, 200));
  }
}

function page({ ok, settings, tiers, complaints, warnings, live }: CheckReport, paint: Paint): string {
  const settingRows = settings.map(({ name, value, source }) => {
    const row = [name, source, value ?? "not set"];
    return source === "default" ? row.map(paint.dim) : [paint.bold(name), source, value ?? ""];
  });
  const tierRows = Object.entries(tiers ?? {}).map(([name, targets]) => [name, targets.join(", then ")]);
  const liveRows = (live ?? []).map(({ target, tiers, ok, ms, error }) => [
    ok ? paint.green("ok") : paint.red("failed"),
    target,
    tiers.join(", "),
    `${(ms / 1000).toFixed(2)} s`,
    error ?? "",
  ]);
  const failed = (live ?? []).filter((one) => !one.ok).length;
  const verdict = complaints.length > 0
    ? paint.red(`not valid: ${complaints.length} ${complaints.length === 1 ? "setting" : "settings"}`)
    : failed > 0
    ? paint.red(`${failed} of ${liveRows.length} targets failed`)
    : paint.green(live ? "the settings are valid, and every target answers" : "the settings are valid");
  return [
    ...section("settings", columns(settingRows)),
    ...section("tiers", columns(tierRows)),
    ...section("targets", columns(liveRows)),
    ...section("warnings", warnings.map(paint.yellow)),
    ...section("not valid", complaints.map(({ variable, problem }) => paint.red(`${variable}: ${problem}`))),
    verdict,
    ...(ok && !live ? [paint.dim("check --live also sends one tiny request to each target")] : []),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ""];
}
