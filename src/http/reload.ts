import type { Context } from "hono";
import { RouterError, SettingsError } from "../errors.ts";
import { parseJson, type ReadText } from "./body.ts";

/** What became of a reload. */
export interface ReloadReport {
  reloaded: true;
  /** The variables that say something else than before and are obeyed from now on. */
  changed: string[];
  /** Changed too, but only a new start can obey them. */
  needs_restart: string[];
}

/** Reads the settings anew and serves by them. Throws SettingsError when they are not valid: the old ones serve on. */
export type Reload = () => Promise<ReloadReport>;

/** `POST /reload`: the settings are read anew, and swapped whole or not at all. */
export function createReloadPage({ readText, reload }: { readText: ReadText; reload: Reload }) {
  return async (context: Context): Promise<Response> => {
    const text = await readText(context.req.raw);
    if (text.trim() !== "" && JSON.stringify(parseJson(text)) !== "{}") {
      const message = "Cannot take this body: settings are read from the environment and .env; send an empty body";
      throw new RouterError(400, "invalid_value", message);
    }
    try {
      return context.json(await reload());
    } catch (cause) {
      if (!(cause instanceof SettingsError)) throw cause;
      const message = `Cannot reload, the old configuration serves on: ${cause.message.replaceAll("\n", "; ")}`;
      const param = [...new Set(cause.complaints.map(({ variable }) => variable))].join(", ");
      throw new RouterError(422, "invalid_configuration", message, { param, cause });
    }
  };
}
