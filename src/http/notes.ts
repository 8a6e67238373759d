import type { Client } from "../limits/client.ts";

/** What handlers leave with a request, for those that come after them. */
export interface Notes {
  Variables: {
    /** Ours, and on every reply as `x-request-id`. */
    requestId: string;
    /** Who asks. */
    client: Client;
    /** Headers that a failure's reply carries too. */
    noted: Record<string, string> | undefined;
  };
}
