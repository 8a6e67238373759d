/** Names as they may stand in a header: a client can send thousands of fields, of any length. */
const [MAX_NAMES, MAX_NAME] = [50, 64];

/** Fields that could not be carried over, as a reply names them: sorted, and not too many. */
export function listed(names: ReadonlySet<string>): string[] {
  return [...names].sort().slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME));
}
