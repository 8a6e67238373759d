/// <reference lib="dom" />
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, getJson, listen, savedKey, saveKey } from "./api.ts";
import type { RequestRow, Snapshot, State } from "./wire.ts";

/** As many as the server holds in memory. */
const MOST_ROWS = 1000;
/** Between tries to reach the server again, ms. */
const WAITS = [300, 1000, 3000, 6000];

/** Where the page stands with its server. */
export type Link = "connecting" | "live" | "lost" | "locked";

export interface Live {
  link: Link;
  /** Why it is not live. */
  trouble: string;
  data: Snapshot | undefined;
  /** Uses another key; an empty one forgets it. */
  useKey: (key: string) => void;
  hasKey: boolean;
}

/** What the server says, kept up to date by its events. */
export function useLive(): Live {
  // A key that is tried again is another try.
  const [key, setKey] = useState(() => ({ text: savedKey() }));
  const [link, setLink] = useState<Link>("connecting");
  const [trouble, setTrouble] = useState("");
  const [data, setData] = useState<Snapshot>();

  useEffect(() => {
    if (key.text === "" && document.documentElement.dataset.key === "needed") return setLink("locked");
    const end = new AbortController();
    const { signal } = end;
    const run = async () => {
      for (let failures = 0; !signal.aborted;) {
        try {
          const data = await getJson<Snapshot>("/dashboard/data", signal);
          setData(data);
          setLink("live");
          setTrouble("");
          failures = 0;
          await follow({ signal, after: data.requests.at(-1)?.id ?? "", change: setData });
        } catch (error) {
          if (signal.aborted) return;
          const refused = error instanceof ApiError && error.status === 401;
          setLink(refused ? "locked" : "lost");
          setTrouble(error instanceof Error ? error.message : String(error));
          if (refused) {
            setData(undefined);
            return;
          }
        }
        await new Promise((resolve) => setTimeout(resolve, WAITS[Math.min(failures++, WAITS.length - 1)]));
      }
    };
    void run();
    return () => end.abort();
  }, [key]);

  const useKey = useCallback((next: string) => {
    saveKey(next);
    setLink("connecting");
    setTrouble("");
    setData(undefined);
    setKey({ text: next });
  }, []);
  return { link, trouble, data, useKey, hasKey: key.text !== "" };
}

type Change = (change: (data: Snapshot | undefined) => Snapshot | undefined) => void;

/** Applies events, many in one go: a busy server must not make a busy page. Ends with the stream, or when some were missed. */
async function follow({ signal, after, change }: { signal: AbortSignal; after: string; change: Change }) {
  let rows: RequestRow[] = [];
  let state: State | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const apply = () => {
    timer = undefined;
    const [fresh, now] = [rows, state];
    rows = [];
    state = undefined;
    change((data) => {
      if (!data) return data;
      const known = new Set(data.requests.slice(-200).map(({ id }) => id));
      const requests = [...data.requests, ...fresh.filter(({ id }) => !known.has(id))].slice(-MOST_ROWS);
      return { ...data, ...now, requests: fresh.length > 0 ? requests : data.requests };
    });
  };
  const missed = new AbortController();
  const both = AbortSignal.any([signal, missed.signal]);
  try {
    await listen(`/dashboard/events?after=${encodeURIComponent(after)}`, {
      signal: both,
      onEvent(event, text) {
        if (event === "request") rows.push(JSON.parse(text));
        if (event === "state") state = JSON.parse(text);
        if (event === "missed") missed.abort();
        timer ??= setTimeout(apply, 150);
      },
    });
  } catch (error) {
    if (!missed.signal.aborted || signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    if (!signal.aborted) apply();
  }
}
