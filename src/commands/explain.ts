import type { Explanation } from "../routing/explain.ts";
import type { CommandContext } from "./run.ts";

/** Says why a text goes where it goes. */
export async function explain(
  { host, build, config }: CommandContext,
  text: string,
  options: { json?: boolean },
): Promise<boolean> {
  const explainer = await build.explainer(await config());
  try {
    const explanation = await explainer.explain({ text }, { client: "", sessionId: undefined });
    host.stdout(`${options.json ? JSON.stringify(explanation) : page(explanation)}\n`);
    return true;
  } finally {
    await explainer.close();
  }
}

function page({ ask, tier, reason, reason_text, probabilities, nearest, signs, flips }: Explanation): string {
  const line = (text: string) => text.replaceAll(/\s+/g, " ").slice(0, 90);
  const shares = Object.entries(probabilities).toSorted(([, a], [, b]) => b - a);
  return [
    `${tier}: ${reason_text} (${reason})`,
    `judged        ${line(ask)}`,
    `probabilities ${shares.map(([name, value]) => `${name} ${value.toFixed(2)}`).join(", ")}`,
    ...section(
      "nearest examples",
      nearest.map((one) => `${one.similarity.toFixed(2)} ${one.tier.padEnd(10)} ${line(one.text)}`),
    ),
    ...section(
      "surface signs",
      signs.map(({ name, weight }) => `${weight > 0 ? "+" : ""}${weight.toFixed(2)} ${name}`),
    ),
    ...section("the tier would change without", flips.map((flip) => `"${line(flip.without)}" → ${flip.tier}`)),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}
