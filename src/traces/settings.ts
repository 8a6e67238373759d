import { z } from "zod";
import { textSetting } from "../setting.ts";

/** The names that OpenTelemetry gave them. */
export const tracesSettings = {
  /** The collector's base address; `/v1/traces` is added. Undefined: no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional().transform((value, context) => {
    const text = value?.trim();
    if (text === undefined || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return text;
    context.addIssue({ code: "custom", message: "use an address such as http://localhost:4318" });
    return z.NEVER;
  }),
  /** `name=value`, comma-separated, percent-encoded. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional().transform((value, context): Record<string, string> => {
    try {
      const pairs = (value ?? "").split(",").map((pair) => pair.trim()).filter((pair) => pair !== "");
      return Object.fromEntries(
        new Headers(pairs.map((pair): [string, string] => {
          const at = pair.indexOf("=");
          if (at < 1) throw new Error("it has no name");
          return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
        })).entries(),
      );
    } catch {
      context.addIssue({ code: "custom", message: "use name=value, comma-separated, such as api-key=secret" });
      return z.NEVER;
    }
  }),
  OTEL_SERVICE_NAME: textSetting("virtusoul-router"),
  /** The standard's switch: prompts become part of the traces. */
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z.string().optional().transform((value) =>
    value?.trim().toLowerCase() === "true"
  ),
};
