/**
 * The fold (0 … folds−1) of each text, by its hash: a text stays in its fold whatever comes or goes beside it, so that
 * two trainings can be compared.
 */
export function foldsByText(texts: readonly string[], folds: number): number[] {
  return texts.map((text) => fnv1a(text) % folds);
}

/** FNV-1a, 32 bits, over UTF-16 units, with a last stir: its low bits alone are poor. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ hash >>> 15) >>> 0;
}

/** The fold (0 … folds−1) of each example: groups stay whole, and take turns in the order of their names. */
export function foldsByGroup(groups: readonly string[], folds: number): number[] {
  const names = [...new Set(groups)].sort();
  return groups.map((group) => names.indexOf(group) % folds);
}
