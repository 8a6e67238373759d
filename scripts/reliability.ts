import type { Outcome } from "../src/trainer/evaluate.ts";

const SIZE = 320;
const EDGE = 40;
const BINS = 10;

/** How often judgements of each confidence are right, as an SVG: the nearer to the diagonal, the more they mean what they say. */
export function reliabilityDiagram(outcomes: readonly Outcome[]): string {
  const judged = outcomes.map(({ label, probabilities }) => {
    const confidence = Math.max(...probabilities);
    return { confidence, right: probabilities[label] === confidence };
  });
  const bars = Array.from({ length: BINS }, (_, bin) => {
    const inside = judged.filter(({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)) === bin);
    return inside.length === 0
      ? ""
      : barOf(bin, inside.filter(({ right }) => right).length / inside.length, inside.length);
  });
  const whole = SIZE + 2 * EDGE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole} ${whole}" font-family="sans-serif" font-size="11">
<title>Share of right judgements by confidence, out of fold</title>
<rect width="${whole}" height="${whole}" fill="#fff"/>
<rect x="${EDGE}" y="${EDGE}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#888"/>
${bars.filter((bar) => bar !== "").join("\n")}
<line x1="${EDGE}" y1="${EDGE + SIZE}" x2="${EDGE + SIZE}" y2="${EDGE}" stroke="#c33" stroke-dasharray="4"/>
<text x="${EDGE + SIZE / 2}" y="${whole - 8}" text-anchor="middle">confidence, 0 to 1</text>
<text x="14" y="${EDGE + SIZE / 2}" text-anchor="middle" transform="rotate(-90 14 ${
    EDGE + SIZE / 2
  })">share right, 0 to 1</text>
</svg>
`;
}

function barOf(bin: number, share: number, count: number): string {
  const width = SIZE / BINS;
  const x = EDGE + bin * width;
  const y = EDGE + SIZE * (1 - share);
  return `<rect x="${x + 1}" y="${y.toFixed(1)}" width="${width - 2}" height="${
    (SIZE * share).toFixed(1)
  }" fill="#47a"/>` +
    `<text x="${x + width / 2}" y="${(y - 4).toFixed(1)}" text-anchor="middle">${count}</text>`;
}
