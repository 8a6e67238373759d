interface Example {
  text: string;
  tier: string;
}

/** Lines → examples: `tier: prompt`, JSON (`{"text": …, "tier": …}`), or a prompt that deserves `tier`. Throws Error. */
export function readExamples(lines: string, tier: string, tiers: readonly string[]): Example[] {
  return lines.split("\n").map((line) => line.trim()).filter((line) => line !== "").map((line, at) => {
    if (line.startsWith("{")) return fromJson(line, at + 1, tiers);
    const colon = line.indexOf(": ");
    const [name, text] = [line.slice(0, Math.max(0, colon)), line.slice(colon + 2).trim()];
    return tiers.includes(name) && text !== "" ? { text, tier: name } : { text: line, tier };
  });
}

function fromJson(line: string, row: number, tiers: readonly string[]): Example {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`Line ${row} begins like JSON and is none`);
  }
  const { text, tier } = Object(value);
  if (typeof text !== "string" || text.trim() === "") throw new Error(`Line ${row} has no "text"`);
  if (!tiers.includes(tier)) throw new Error(`Line ${row}: its "tier" is none of ${tiers.join(", ")}`);
  return { text, tier };
}
