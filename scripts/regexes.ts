// Is there a text that keeps a regular expression of src busy? `bun scripts/regexes.ts [FOLDER]` asks recheck about each.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { parse } from "@babel/parser";
import { checkSync } from "recheck";

interface Expression {
  /** `routing/ask.ts:64`. */
  place: string;
  pattern: string;
  flags: string;
}

/** What was found safe before, by hash: a fresh machine needs half a minute for all of them. */
const CACHE = ".cache/regexes.json";
/** What is found must be found again: the checker guesses where it cannot prove. */
const SEED = 1;
const PATIENCE_MS = 120_000;

const folder = process.argv[2] ?? "src";
const known = new Set<string>(existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, "utf8")) : []);
const complaints: string[] = [];
let count = 0;
for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
  if (!name.endsWith(".ts")) continue;
  const { expressions, built } = expressionsIn(readFileSync(join(folder, name), "utf8"), name);
  count += expressions.length;
  complaints.push(
    ...built.map((place) => `${place} builds an expression while it runs: none can say whether it is safe`),
  );
  for (const expression of expressions) complaints.push(...complaintsAbout(expression));
}
mkdirSync(dirname(CACHE), { recursive: true });
writeFileSync(CACHE, JSON.stringify([...known].sort()));
if (complaints.length > 0) {
  console.error(`Cannot use these regular expressions:\n  ${complaints.join("\n  ")}`);
  process.exit(1);
}
console.log(`${count} regular expressions: none can be kept busy`);

function complaintsAbout({ place, pattern, flags }: Expression): string[] {
  const key = createHash("sha256").update(`${flags}/${pattern}`).digest("hex").slice(0, 32);
  if (known.has(key)) return [];
  const verdict = checkSync(pattern, flags, { timeout: PATIENCE_MS, randomSeed: SEED });
  if (verdict.status === "safe") {
    known.add(key);
    return [];
  }
  const why = verdict.status === "vulnerable"
    ? `${verdict.complexity.summary}, by ${verdict.attack.pattern}`
    : `it cannot be judged: ${verdict.error.kind}`;
  return [`${place} /${pattern}/${flags}: ${why}`];
}

/** The literals of a file, and where it makes expressions out of text. */
function expressionsIn(text: string, name: string): { expressions: Expression[]; built: string[] } {
  const expressions: Expression[] = [];
  const built: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach(visit);
    const node = value as Record<string, unknown> & { loc?: { start: { line: number } } };
    const place = `${name}:${node.loc?.start.line}`;
    if (node.type === "RegExpLiteral") {
      expressions.push({ place, pattern: String(node.pattern), flags: String(node.flags) });
    }
    if (node.type === "NewExpression" || node.type === "CallExpression") {
      const callee = node.callee as { type?: string; name?: string };
      if (callee.type === "Identifier" && callee.name === "RegExp") built.push(place);
    }
    for (const [key, child] of Object.entries(node)) if (key !== "loc") visit(child);
  };
  visit(parse(text, { sourceType: "module", plugins: ["typescript"] }).program);
  return { expressions, built };
}
