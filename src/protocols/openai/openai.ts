import type { Protocol } from "../protocol.ts";
import { failureOf } from "../failure.ts";
import { cleanReply } from "./reply.ts";
import { buildRequest } from "./request.ts";
import { createCleaning } from "./stream.ts";

/** OpenAI's chat completions, and everything that calls itself compatible with them. */
export const openai: Protocol = {
  name: "openai",
  path: "/chat/completions",
  headers: (key): Record<string, string> => key === undefined ? {} : { authorization: `Bearer ${key}` },
  request: buildRequest,
  reply: cleanReply,
  stream: createCleaning,
  failure: failureOf,
};
