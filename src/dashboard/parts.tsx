/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { percent } from "./format.ts";

const PATHS: Readonly<Record<string, string>> = {
  logo: "M5 12h4m0 0 8-6m-8 6h10M9 12l8 6",
  overview: "M4 19V10m6 9V5m6 14v-7m5 7H2",
  requests: "M4 6h16M4 12h16M4 18h10",
  explain: "M9 9a3 3 0 1 1 4 2.8c-.7.3-1 .9-1 1.7m0 3v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  teach: "M12 4 2 9l10 5 10-5-10-5Zm-6 7v5c2 2.5 10 2.5 12 0v-5",
  system: "M4 5h16v11H4zM9 20h6m-3-4v4",
  light:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v1m0 16v1M3 12h1m16 0h1M5.6 5.6l.7.7m11.4 11.4.7.7m0-12.8-.7.7M6.3 17.7l-.7.7",
  dark: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10Z",
  pause: "M9 6v12m6-12v12",
  play: "M8 5v14l11-7z",
  out: "M14 4h5v16h-5M4 12h11m-4-4 4 4-4 4",
  close: "M6 6l12 12M18 6 6 18",
};

/** A sign beside a word; it says nothing alone. */
export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name] ?? ""} />
    </svg>
  );
}

interface CardProps {
  title: string;
  /** Beside the title. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

let cards = 0;

export function Card({ title, aside, class: name = "", children }: CardProps) {
  const id = useRef("");
  id.current ||= `card-${cards++}`;
  return (
    <section class={`card ${name}`} aria-labelledby={id.current}>
      <header>
        <h2 id={id.current}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** Tiers have an order: their colours run from cool to warm. */
export function tierColor(tiers: readonly string[], tier: string): string {
  const at = tiers.indexOf(tier);
  if (at < 0) return "--tier-none";
  return `--tier-${tiers.length < 2 ? 0 : Math.round(at * 3 / (tiers.length - 1))}`;
}

export function TierChip({ tier, tiers }: { tier: string; tiers: readonly string[] }) {
  return (
    <span class="chip" style={{ "--chip": `var(${tierColor(tiers, tier)})` }}>
      <i aria-hidden="true" />
      {tier}
    </span>
  );
}

/** A share as a style sheet reads it. */
export function widthOf(share: number): string {
  return `${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%`;
}

/** A name, a bar and a share, for each of a few. */
export function Shares(
  { shares, color }: { shares: [name: string, share: number][]; color: (name: string) => string },
) {
  return (
    <ul class="shares">
      {shares.map(([name, share]) => (
        <li key={name}>
          <span>{name}</span>
          <span class="bar" aria-hidden="true">
            <i style={{ width: widthOf(share), background: `var(${color(name)})` }} />
          </span>
          <b>{percent(share)}</b>
        </li>
      ))}
    </ul>
  );
}

/** A window over the page; Escape and its button close it. */
export function Dialog(
  { title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren },
) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = ref;
    const before = document.activeElement;
    current?.showModal();
    return () => {
      current?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const onClick = (event: MouseEvent) => {
    if (event.target === ref.current) onClose();
  };
  return (
    <dialog ref={ref} aria-labelledby="dialog-title" onCancel={onClose} onClick={onClick}>
      <div class="dialog">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="quiet" onClick={onClose}>
            <Icon name="close" />
            <span class="hidden">Close</span>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** What went wrong, said at once to those who listen. */
export function Trouble({ text }: { text: string }) {
  return <p class="trouble" role="alert" hidden={text === ""}>{text}</p>;
}
