import { createKeyFile, KEY_NAME, type KeyFile } from "../limits/keyfile.ts";
import { type CommandContext, UsageError } from "./run.ts";

interface AddOptions {
  limitRpm?: string;
  budgetUsdDay?: string;
  json?: boolean;
}

/** Makes a key and prints it, this once: the file holds its hash alone. False when the name is taken. */
export async function addKey(context: CommandContext, name: string, options: AddOptions): Promise<boolean> {
  const { host } = context;
  if (!KEY_NAME.test(name)) {
    throw new UsageError(`Cannot name a key "${name}": use letters, digits and . _ @ -, 64 at most`);
  }
  const limits = {
    limit_rpm: numberOf(options.limitRpm, "--limit-rpm", { min: 1, max: 100_000, whole: true }),
    budget_usd_day: numberOf(options.budgetUsdDay, "--budget-usd-day", { min: 0, max: 1e9, whole: false }),
  };
  const file = await keyFileOf(context);
  const key = await file.add(name, limits, new Date());
  if (key === undefined) {
    host.stderr(
      `Cannot add the key "${name}": ${file.path} has one of that name; "keys remove ${name}" takes it away\n`,
    );
    return false;
  }
  if (options.json) host.stdout(`${JSON.stringify({ name, key })}\n`);
  else {
    host.stdout(`${key}\n`);
    host.stderr(`This is the only time that the key of "${name}" is shown. ${TAKES_EFFECT}\n`);
  }
  return true;
}

/** Names and limits of the keys in the file. */
export async function listKeys(context: CommandContext, { json = false }: { json?: boolean }): Promise<boolean> {
  const keys = (await (await keyFileOf(context)).read() ?? []).map(({ hash: _, ...shown }) => shown);
  if (json) context.host.stdout(`${JSON.stringify(keys)}\n`);
  else {
    const lines = keys.map(({ name, created, limit_rpm, budget_usd_day }) =>
      [
        name,
        created.slice(0, 10),
        ...(limit_rpm === undefined ? [] : [`${limit_rpm} requests a minute`]),
        ...(budget_usd_day === undefined ? [] : [`${budget_usd_day} US dollars a day`]),
      ].join("  ")
    );
    context.host.stdout(lines.length === 0 ? "no keys\n" : `${lines.join("\n")}\n`);
  }
  return true;
}

/** Takes a key away. False when there is none of that name. */
export async function removeKey(context: CommandContext, name: string, { json = false }): Promise<boolean> {
  const file = await keyFileOf(context);
  const removed = await file.remove(name);
  if (json) context.host.stdout(`${JSON.stringify({ name, removed })}\n`);
  else if (removed) context.host.stdout(`The key of "${name}" is taken away. ${TAKES_EFFECT}\n`);
  else context.host.stderr(`Cannot remove the key "${name}": ${file.path} has none of that name\n`);
  return removed;
}

const TAKES_EFFECT = "A router that runs knows of it after POST /reload, or SIGHUP.";

async function keyFileOf({ host, config }: CommandContext): Promise<KeyFile> {
  const { DATA_DIR, KEYS_FILE } = await config();
  return createKeyFile(host.files, DATA_DIR, KEYS_FILE);
}

interface Bounds {
  min: number;
  max: number;
  whole: boolean;
}

function numberOf(text: string | undefined, option: string, { min, max, whole }: Bounds): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  const fits = text.trim() !== "" && number >= min && number <= max && (!whole || Number.isInteger(number));
  if (fits) return number;
  throw new UsageError(
    `Cannot use ${option} "${text}": use ${whole ? "a whole number" : "a number"} from ${min} to ${max}`,
  );
}
