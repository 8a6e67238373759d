import papaparse from "papaparse";
import { z } from "zod";

/** A text and the tier it deserves. */
export interface Example {
  text: string;
  tier: string;
  /** ISO 639-1; `en` when it is not said. */
  lang: string;
  tags: readonly string[];
  /** Where it came from, e.g. the file's name: examples of one group resemble each other. */
  group: string;
}

const row = z.looseObject({
  text: z.string().min(1),
  tier: z.string().min(1),
  lang: z.string().default("en"),
  tags: z.array(z.string()).default([]),
  group: z.string().optional(),
});

/** JSON lines → examples. Throws an Error that names the first bad row and its cause. */
export function parseExamples(text: string, group: string): Example[] {
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "") return [];
    return [exampleOf(jsonOf(line, at, group), at, group)];
  });
}

/** CSV with a header that names `text` and `tier` → examples. Throws an Error that names the first bad row and its cause. */
export function parseTable(text: string, group: string): Example[] {
  const { data, errors, meta } = papaparse.parse<Record<string, string>>(text.trim(), { header: true });
  for (const column of ["text", "tier"]) {
    if (!meta.fields?.includes(column)) throw new Error(`Cannot use "${group}": its header has no column "${column}"`);
  }
  const [broken] = errors.filter(({ type }) => type !== "Delimiter");
  if (broken) {
    // Of these errors alone the parser counts the header, too.
    const number = (broken.row ?? 0) + (broken.type === "Quotes" ? 0 : 1);
    throw new Error(`Cannot use row ${number} of "${group}": ${broken.message}`);
  }
  return data.map(({ text = "", tier = "" }, at) => exampleOf({ text, tier }, at, group));
}

/** A list of `{text, tier}` → examples. Throws an Error that names the first bad row and its cause. */
export function parseList(rows: readonly unknown[], group: string): Example[] {
  return rows.map((value, at) => exampleOf(value, at, group));
}

function exampleOf(value: unknown, at: number, group: string): Example {
  const parsed = row.safeParse(value);
  if (parsed.success) return { ...parsed.data, group: parsed.data.group ?? group };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".");
  throw new Error(`Cannot use row ${at + 1} of "${group}": ${where ? `${where}: ` : ""}${issue?.message}`);
}

function jsonOf(line: string, at: number, group: string): unknown {
  try {
    // Trimming takes a byte order mark away as well.
    return JSON.parse(line.trim());
  } catch (cause) {
    throw new Error(`Cannot use row ${at + 1} of "${group}": it is not JSON`, { cause });
  }
}
