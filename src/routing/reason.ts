/** Why a request went where it went: a closed set. The prose is for people. */
export const REASONS = {
  direct: "the client named the tier",
  empty: "there were no words to judge",
  static: "the quick judgement was sure",
  deep: "the thorough judgement decided",
  cached: "the same words were judged before",
  housekeeping: "a chat program's own note-keeping: a title, tags, a summary",
  follow_up: "the last turn says nothing alone: the work that it continues was judged",
  tool_loop: "a task is under way: its tier and model hold",
  session: "the conversation keeps its tier: the new turn is not surely easier",
  stuck: "the same tool failed several times in a row: one tier up",
  capability: "the tier's models cannot serve the request: the nearest tier that can",
  bounds: "the client's bounds on the tier",
  unsure: "the judgement was unsure: the owner's rule for that",
  bias: "the owner's bias between cost and strength",
  deadline: "the thorough judgement took too long: the quick one serves",
  queue_full: "too many judgements waited: the quick one serves",
  starting: "the thorough judgement is not up yet: the quick one serves",
} as const;

export type Reason = keyof typeof REASONS;
