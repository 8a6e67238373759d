/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { colorOf, useColors } from "./theme.tsx";

export interface Line {
  label: string;
  /** A colour of the style sheet. */
  color: string;
  /** One a step; null: nothing was measured. */
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  /** Where each step begins, ms since 1970. */
  times: number[];
  step: number;
  lines: Line[];
  /** Columns that stand upon each other, or lines. */
  kind: "columns" | "lines";
  format: (value: number) => string;
}

const HEIGHT = 190;

/** A chart with its legend, and its figures as a table for those who cannot see it. */
export function Chart({ title, times, step, lines, kind, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const colors = useColors();
  const shape = `${colors} ${kind} ${lines.map(({ label, color }) => label + color).join()}`;
  const data = dataOf(times, lines, kind);
  const formatNow = useRef(format);
  formatNow.current = format;

  useEffect(() => {
    const { current } = place;
    if (!current) return;
    const made = new uPlot(
      optionsOf({ lines, kind, width: current.clientWidth, format: (value) => formatNow.current(value), setAt }),
      data,
      current,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height: HEIGHT }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [times, lines]);

  const shown = at !== null && at < times.length ? at : null;
  return (
    <figure class="chart">
      <div ref={place} class="plot" aria-hidden="true" />
      <figcaption>
        <ul class="legend">
          {lines.map(({ label, color, values }) => (
            <li key={label}>
              <i style={{ background: `var(${color})` }} aria-hidden="true" />
              {label}
              {shown !== null && <b>{said(values[shown], format)}</b>}
            </li>
          ))}
          <li class="when">{shown === null ? "" : timeOf(times[shown] ?? 0, step)}</li>
        </ul>
      </figcaption>
      <FigureTable {...{ title, times, step, lines, format }} />
    </figure>
  );
}

type TableProps = Pick<ChartProps, "title" | "times" | "step" | "lines" | "format">;

/** Made only when it is opened: it is long. */
function FigureTable({ title, times, step, lines, format }: TableProps) {
  const [open, setOpen] = useState(false);
  const filled = times.map((_, at) => at).filter((at) => lines.some(({ values }) => (values[at] ?? 0) !== 0));
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Figures<span class="hidden">of {title}</span>
      </summary>
      {open && (
        <div class="scroll" tabIndex={0} role="region" aria-label={`Figures of ${title}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {lines.map(({ label }) => <th scope="col" key={label} class="number">{label}</th>)}
              </tr>
            </thead>
            <tbody>
              {filled.map((at) => (
                <tr key={at}>
                  <th scope="row">{timeOf(times[at] ?? 0, step)}</th>
                  {lines.map(({ label, values }) => <td key={label} class="number">{said(values[at], format)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function said(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function timeOf(at: number, step: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (step < 3_600_000) return time;
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}

/** Columns are sums, the highest first: the lower ones are painted over it. */
function dataOf(times: number[], lines: Line[], kind: ChartProps["kind"]): uPlot.AlignedData {
  const seconds = times.map((time) => time / 1000);
  if (kind === "lines") return [seconds, ...lines.map(({ values }) => values)];
  const sums = times.map(() => 0);
  const stacked = lines.map(({ values }) => values.map((value, at) => sums[at] = (sums[at] ?? 0) + (value ?? 0)));
  return [seconds, ...stacked.toReversed()];
}

interface OptionParts extends Pick<ChartProps, "lines" | "kind" | "format"> {
  width: number;
  setAt: (at: number | null) => void;
}

function optionsOf({ lines, kind, width, format, setAt }: OptionParts): uPlot.Options {
  const columns = kind === "columns";
  const ink = colorOf("--faint");
  const rule = colorOf("--rule");
  const axis = { stroke: ink, font: "11px Inter, system-ui, sans-serif", ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.82, 40], align: 1, radius: 0.15 });
  const curve = uPlot.paths.spline?.();
  const seriesOf = ({ label, color: name }: Line): uPlot.Series => {
    const color = colorOf(name);
    if (columns) return { label, fill: color, width: 0, points: { show: false }, ...(bars && { paths: bars }) };
    return { label, stroke: color, width: 2, points: { size: 5, fill: color }, ...(curve && { paths: curve }) };
  };
  const ordered = columns ? lines.toReversed() : lines;
  return {
    width,
    height: HEIGHT,
    padding: [10, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: !columns }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 70,
        values: (plot, splits) => splits.map((at) => tick(at, plot)),
      },
      { ...axis, size: 58, space: 36, grid: { stroke: rule, width: 1 }, values: (_, splits) => splits.map(format) },
    ],
    series: [{}, ...ordered.map(seriesOf)],
    hooks: { setCursor: [({ cursor }) => setAt(cursor.idx ?? null)] },
  };
}

/** Days where the span is long, else hours and minutes. */
function tick(seconds: number, { scales }: uPlot): string {
  const span = (scales.x?.max ?? 0) - (scales.x?.min ?? 0);
  const date = new Date(seconds * 1000);
  if (span > 2 * 86_400) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
