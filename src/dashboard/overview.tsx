/// <reference lib="dom" />
import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiError, getJson } from "./api.ts";
import { Chart, type Line } from "./chart.tsx";
import { age, count, dollars, duration, percent } from "./format.ts";
import { Card, tierColor, Trouble } from "./parts.tsx";
import { RequestTable } from "./requests.tsx";
import { SavingsCard } from "./savings.tsx";
import { type Bucket, createSeries, type Percentiles, pointOf, type Series } from "./series.ts";
import { TargetsCard } from "./targets.tsx";
import type { RequestRow, Snapshot } from "./wire.ts";

const RANGES = [
  { name: "15 min", ms: 900_000, steps: 45 },
  { name: "1 h", ms: 3_600_000, steps: 60 },
  { name: "24 h", ms: 86_400_000, steps: 48 },
  { name: "7 d", ms: 604_800_000, steps: 84 },
  { name: "30 d", ms: 2_592_000_000, steps: 60 },
] as const;
type Range = (typeof RANGES)[number];

/** What the server's memory can be asked for; more is on its disk, or nowhere. */
const LIVE_RANGES = 2;

export function Overview({ data, onOpen }: { data: Snapshot; onOpen: (row: RequestRow) => void }) {
  const [range, setRange] = useState<Range>(RANGES[0]);
  const { series, trouble } = useSeries(data, range);
  const tiers = data.tiers.map(({ name }) => name);
  return (
    <>
      <div class="toolbar">
        <fieldset class="segmented">
          <legend class="hidden">Time span</legend>
          {RANGES.slice(0, data.history ? undefined : LIVE_RANGES + 1).map((one) => (
            <label key={one.name}>
              <input type="radio" name="range" checked={range === one} onChange={() => setRange(one)} />
              <span>{one.name}</span>
            </label>
          ))}
        </fieldset>
        <p class="note">
          {data.history ? "History is kept on disk" : "The last 1,000 requests, from memory; HISTORY=on keeps 30 days"}
        </p>
      </div>
      <Trouble text={trouble} />
      <Tiles series={series} data={data} />
      <div class="grid">
        <MixCard series={series} tiers={tiers} />
        <SavingsCard savings={data.savings} started={data.started} />
        <TimeCards series={series} />
        <TargetsCard data={data} />
      </div>
      <Card title="Latest requests" aside={<a href="#requests">All requests</a>}>
        <RequestTable rows={data.requests.slice(-8).toReversed()} tiers={tiers} now={data.now} onOpen={onOpen} />
      </Card>
    </>
  );
}

/** From memory for short spans; from the disk for long ones, where there is one. */
function useSeries(data: Snapshot, range: Range): { series: Series; trouble: string } {
  const stored = data.history && RANGES.indexOf(range) >= LIVE_RANGES;
  const [kept, setKept] = useState<{ range: Range; series: Series }>();
  const [trouble, setTrouble] = useState("");
  const [turn, setTurn] = useState(0);
  const step = range.ms / range.steps;
  // The steps stand still while time runs: a column does not change once it is past.
  const until = Math.ceil((Date.now() + 1) / step) * step;
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), Math.min(step, 20_000));
    return () => clearInterval(timer);
  }, [step]);
  useEffect(() => {
    setTrouble("");
    if (!stored) return;
    const end = new AbortController();
    const query = new URLSearchParams({
      since: String(Math.round(until - range.ms)),
      until: String(Math.round(until)),
      steps: String(range.steps),
    });
    getJson<Series>(`/dashboard/history/series?${query}`, end.signal).then(
      (series) => setKept({ range, series }),
      (error) => end.signal.aborted || setTrouble(error instanceof ApiError ? error.message : String(error)),
    );
    return () => end.abort();
  }, [stored, range, turn]);
  const live = useMemo(() => {
    const builder = createSeries({ since: until - range.ms, until, steps: range.steps });
    for (const row of data.requests) builder.add(pointOf(row));
    return builder.done();
  }, [data.requests, until, range]);
  return { series: stored && kept?.range === range ? kept.series : live, trouble };
}

function Tiles({ series: { totals }, data }: { series: Series; data: Snapshot }) {
  const { savings } = data;
  const share = (part: number) => totals.requests === 0 ? "–" : percent(part / totals.requests);
  const tiles = [
    { name: "Requests", value: count(totals.requests), note: `up for ${age(data.now - data.started)}` },
    { name: "Routing, median", value: duration(totals.routing?.p50), note: `95th ${duration(totals.routing?.p95)}` },
    {
      name: "First byte, median",
      value: duration(totals.firstByte?.p50),
      note: `95th ${duration(totals.firstByte?.p95)}`,
    },
    { name: "Errors", value: share(totals.failed), note: `${share(totals.fallbacks)} fell back` },
    { name: "Cost", value: dollars(totals.cost), note: "where the price is known" },
    {
      name: "Saved since start",
      value: percent(savings.saved_share, 0),
      note: savings.saved === null
        ? "a price is not known"
        : `${dollars(savings.saved)} less than all to the strongest`,
    },
  ];
  return (
    <dl class="tiles">
      {tiles.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A whole number on an axis; nothing between. */
function whole(value: number): string {
  return Number.isInteger(value) ? count(value) : "";
}

function timesOf({ buckets, since, step }: Series): number[] {
  return buckets.map((_, at) => since + at * step);
}

function MixCard({ series, tiers }: { series: Series; tiers: string[] }) {
  const times = useMemo(() => timesOf(series), [series]);
  const mix = useMemo(() => {
    const seen = new Set(series.buckets.flatMap((bucket) => Object.keys(bucket.tiers)));
    const names = [...tiers, ...[...seen].filter((name) => !tiers.includes(name))];
    return names.map((name): Line => ({
      label: name === "none" ? "refused" : name,
      color: tierColor(tiers, name),
      values: series.buckets.map((bucket) => bucket.tiers[name] ?? 0),
    }));
  }, [series, tiers.join()]);
  return (
    <Card title="Tier mix" class="wide">
      <Chart title="Tier mix" times={times} step={series.step} lines={mix} kind="columns" format={whole} />
    </Card>
  );
}

function TimeCards({ series }: { series: Series }) {
  const { buckets, step } = series;
  const times = useMemo(() => timesOf(series), [series]);
  const percentiles = (pick: (bucket: Bucket) => Percentiles | null): Line[] =>
    (["p50", "p95", "p99"] as const).map((name, at) => ({
      label: ["median", "95th", "99th"][at] ?? name,
      color: `--line-${at}`,
      values: buckets.map((bucket) => pick(bucket)?.[name] ?? null),
    }));
  const routing = useMemo(() => percentiles((bucket) => bucket.routing), [series]);
  const upstream = useMemo(() => percentiles((bucket) => bucket.firstByte), [series]);
  const trouble = useMemo((): Line[] => [
    { label: "errors", color: "--bad", values: buckets.map(({ failed }) => failed) },
    { label: "fallbacks", color: "--warn", values: buckets.map(({ fallbacks }) => fallbacks) },
  ], [series]);
  const cards = [
    { title: "Routing time", lines: routing, kind: "lines", format: duration },
    { title: "Upstream: first byte", lines: upstream, kind: "lines", format: duration },
    { title: "Errors and fallbacks", lines: trouble, kind: "columns", format: whole },
  ] as const;
  return (
    <>
      {cards.map((card) => (
        <Card key={card.title} title={card.title}>
          <Chart times={times} step={step} {...card} />
        </Card>
      ))}
    </>
  );
}
