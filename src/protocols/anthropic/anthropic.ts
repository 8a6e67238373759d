import type { Protocol } from "../protocol.ts";
import { failureOf } from "./failure.ts";
import { replyOf } from "./reply.ts";
import { buildRequest } from "./request.ts";
import { createTranslation } from "./stream.ts";

/**
 * The last version under which all models keep their sampling fields; the next refuses them, and documents in
 * assistant turns. The owner may send another through `{TIER}_HEADERS`.
 */
const VERSION = "2023-06-01";

/** Anthropic's Messages. */
export const anthropic: Protocol = {
  name: "anthropic",
  path: "/v1/messages",
  headers: (key): Record<string, string> => ({
    "anthropic-version": VERSION,
    ...(key === undefined ? {} : { "x-api-key": key }),
  }),
  request: buildRequest,
  reply: replyOf,
  stream: createTranslation,
  failure: failureOf,
};
