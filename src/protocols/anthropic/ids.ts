/**
 * A tool call's id as Anthropic takes it: letters, digits, `_` and `-`. An id that has others is rewritten, the same way
 * for the call and its result, with a hash behind it so that two ids cannot become one.
 */
export function toolId(id: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(id)) return id;
  return `${id.replace(/[^A-Za-z0-9_-]/g, "_")}_${fnv1a(id).toString(36)}`;
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
