import { until } from "./until.ts";

/**
 * Waits until a program has said all of these, and gives all that it said. Output comes over a pipe, in its own time: what
 * an answer tells may be in the log a moment later. Throws with what was said instead.
 */
export async function said(read: () => string, ...words: (string | RegExp)[]): Promise<string> {
  const missing = () => words.find((word) => typeof word === "string" ? !read().includes(word) : !word.test(read()));
  try {
    await until(() => missing() === undefined);
  } catch {
    throw new Error(`Nobody said ${missing()}:\n${read()}`);
  }
  return read();
}
