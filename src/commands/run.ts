import { CommanderError } from "commander";
import type { Classifier } from "../classifier/classifier.ts";
import { type Config, mergeEnvironment, readConfig, type Settings } from "../config.ts";
import { SettingsError } from "../errors.ts";
import type { Tier } from "../routing/route.ts";
import type { Explain } from "../routing/explain.ts";
import type { Host } from "../runtime/host.ts";
import type { Job } from "../trainer/job.ts";
import { programOf } from "./program.ts";

/** What commands can have built for them. */
export interface Build {
  /** `read` is asked again for each reload. */
  server(first: Settings, read: () => Promise<Settings>): Promise<Running>;
  classifier(config: Config): Promise<Classifier>;
  explainer(config: Config): Promise<{ explain: Explain; close(): Promise<void> }>;
  trainer(config: Config): Promise<Job & { close(): Promise<void> }>;
  /** Who serves each tier, one that is not configured too. */
  tiers(config: Config): readonly Tier[];
  /** Throws SettingsError when the head on disk does not fit the tiers: a server would not start. */
  fits(config: Config): Promise<void>;
  /** The targets, to be called once each. */
  probes(config: Config): Probe[];
}

/** A target to be tried. */
export interface Probe {
  /** `provider/model`. */
  target: string;
  provider: string;
  /** Those that it serves. */
  tiers: string[];
  /** Sends one tiny request. Throws what a client would get. */
  call(): Promise<void>;
}

/** A server that listens. */
export interface Running {
  /** What the owner sees at start. */
  banner: string;
  /** The same for programs. */
  summary: Record<string, unknown>;
  port: number;
  /** Reads the settings anew and serves by them, or keeps the old ones; the log says which. */
  reload(): Promise<void>;
  /** Stops taking requests, lets those under way finish within `DRAIN_SECONDS`, then resolves. */
  stop(): Promise<void>;
}

export interface CommandContext {
  host: Host;
  build: Build;
  /** Reads the settings. Throws SettingsError with all complaints. */
  config(): Promise<Config>;
  /** The same, with the text behind it. */
  settings(): Promise<Settings>;
  /** The text of `.env`; undefined when there is none. Throws SettingsError when it cannot be read. */
  dotenv(): Promise<string | undefined>;
}

/** Wrong use of the command line: said in one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Exit codes: done, the answer is no, wrong use. */
const NO = 1;
const WRONG_USE = 2;

/** Reads the command line and does what it says; ends the process when the command is over. */
export async function run(host: Host, build: Build): Promise<void> {
  const dotenv = () => dotenvOf(host);
  const settings = async () => {
    const values = mergeEnvironment(host.env, await dotenv());
    return { config: readConfig(values), values };
  };
  const context = { host, build, settings, dotenv, config: async () => (await settings()).config };
  let code = 0;
  const act = async (action: () => Promise<boolean>) => {
    code = await action() ? 0 : NO;
  };
  const program = programOf(context, act);
  try {
    await program.parseAsync([...host.args], { from: "user" });
  } catch (error) {
    code = complain(host, error);
  }
  host.exit(code);
}

async function dotenvOf(host: Host): Promise<string | undefined> {
  try {
    return await host.files.readText(".env");
  } catch (cause) {
    const problem = `cannot be read: ${cause instanceof Error ? cause.message : cause}`;
    throw new SettingsError([{ variable: ".env", problem }]);
  }
}

/** Says what went wrong, in one line each, and gives the exit code. */
function complain(host: Host, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
  if (error instanceof SettingsError) {
    host.stderr(`Cannot start: ${error.complaints.length === 1 ? "a setting is" : "some settings are"} not valid\n`);
    for (const { variable, problem } of error.complaints) host.stderr(`  ${variable}: ${problem}\n`);
    return WRONG_USE;
  }
  host.stderr(`${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof UsageError ? WRONG_USE : NO;
}
