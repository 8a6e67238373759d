import { z } from "zod";
import { SettingsError } from "../errors.ts";
import type { Files } from "../runtime/host.ts";
import { bytesOf, type Defaults, digestOf, hex, type KnownKey } from "./client.ts";

/** A key as the file holds it: whoever reads the file cannot use the key. */
export interface StoredKey {
  name: string;
  /** `sha256:` and 64 hexadecimal digits. */
  hash: string;
  /** When it was made, ISO 8601. */
  created: string;
  /** Own limits, over those of the settings. */
  limit_rpm?: number | undefined;
  budget_usd_day?: number | undefined;
}

/** A key's name, as logs and shared state show it. */
export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

const schema = z.strictObject({
  keys: z.array(z.strictObject({
    name: z.string().regex(KEY_NAME),
    hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    created: z.string(),
    limit_rpm: z.number().int().min(1).max(100_000).optional(),
    budget_usd_day: z.number().min(0).optional(),
  })),
});

/** Keys with names and limits of their own, in a file that holds hashes only. */
export interface KeyFile {
  path: string;
  /** Undefined: there is no such file. Throws SettingsError when it is damaged. */
  read(): Promise<StoredKey[] | undefined>;
  /** Makes a key and gives it: it cannot be had again. Undefined: the name is taken. */
  add(name: string, limits: Pick<StoredKey, "limit_rpm" | "budget_usd_day">, now: Date): Promise<string | undefined>;
  /** False: there is none of that name. */
  remove(name: string): Promise<boolean>;
}

/** `name`: of a file inside `folder`, or a path. */
export function createKeyFile(files: Files, folder: string, name: string): KeyFile {
  const path = /[\\/]/.test(name) ? name : `${folder}/${name}`;
  const read = async () => {
    const text = await files.readText(path);
    if (text === undefined) return undefined;
    try {
      return schema.parse(JSON.parse(text)).keys;
    } catch (cause) {
      const why = cause instanceof z.ZodError ? whyOf(cause) : "it is not valid JSON";
      throw new SettingsError([{ variable: "KEYS_FILE", problem: `Cannot use "${path}": ${why}` }]);
    }
  };
  // Only its owner may read it: hashes say nothing, but names and limits are nobody's affair.
  const write = (keys: readonly StoredKey[]) => files.replace(path, `${JSON.stringify({ keys }, null, 2)}\n`, 0o600);
  return {
    path,
    read,
    async add(name, limits, now) {
      const keys = await read() ?? [];
      if (keys.some((key) => key.name === name)) return undefined;
      const key = newKey();
      await write([...keys, {
        name,
        hash: `sha256:${hex(await digestOf(key))}`,
        created: now.toISOString(),
        ...limits,
      }]);
      return key;
    },
    async remove(name) {
      const keys = await read() ?? [];
      const left = keys.filter((key) => key.name !== name);
      if (left.length === keys.length) return false;
      await write(left);
      return true;
    },
  };
}

/** The file's keys, ready to be compared. */
export function namedKeys(stored: readonly StoredKey[], { limitRpm, budgetUsdDay }: Defaults): KnownKey[] {
  return stored.map(({ name, hash, limit_rpm, budget_usd_day }) => ({
    digest: bytesOf(hash.slice("sha256:".length)),
    client: { name, limitRpm: limit_rpm ?? limitRpm, budgetUsdDay: budget_usd_day ?? budgetUsdDay },
  }));
}

/** 256 random bits. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `vs-${text}`;
}

function whyOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join(".") || "its content"}: ${issue?.message}`;
}
