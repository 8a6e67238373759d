/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import { Detail } from "./detail.tsx";
import { Explain } from "./explain.tsx";
import { type Live, useLive } from "./live.ts";
import { Overview } from "./overview.tsx";
import { Icon } from "./parts.tsx";
import { Requests } from "./requests.tsx";
import { SignIn } from "./signin.tsx";
import { type NewExample, Teach } from "./teach.tsx";
import { ThemeSwitch } from "./theme.tsx";
import type { RequestRow, Snapshot } from "./wire.ts";

const VIEWS = [
  { id: "overview", name: "Overview" },
  { id: "requests", name: "Requests" },
  { id: "explain", name: "Explain" },
  { id: "teach", name: "Teach" },
] as const;
type View = (typeof VIEWS)[number]["id"];

export function App() {
  const live = useLive();
  const view = useView();
  return (
    <>
      <a class="skip" href="#main" onClick={toMain}>To the content</a>
      <header class="top">
        <p class="brand">
          <span class="logo">
            <Icon name="logo" />
          </span>
          VirtuSoul Router
        </p>
        {live.data && (
          <nav aria-label="Views">
            {VIEWS.map(({ id, name }) => (
              <a key={id} href={`#${id}`} aria-current={id === view ? "page" : undefined}>
                <Icon name={id} />
                <span>{name}</span>
              </a>
            ))}
          </nav>
        )}
        <div class="right">
          <LinkState live={live} />
          <ThemeSwitch />
          {live.hasKey && live.data && (
            <button
              type="button"
              class="quiet"
              title="Forget the key"
              onClick={() => live.useKey("")}
            >
              <Icon name="out" />
              <span class="hidden">Forget the key</span>
            </button>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {live.link === "locked" && <SignIn live={live} />}
        {!live.data && live.link !== "locked" && <p class="wait">{live.trouble || "Connecting …"}</p>}
        {live.data && <Views data={live.data} view={view} />}
      </main>
      {live.data && (
        <footer>
          VirtuSoul Router {live.data.version} · model name <code>{live.data.model_name}</code>
        </footer>
      )}
    </>
  );
}

/** The views; what is typed in one outlives a look at another. */
function Views({ data, view }: { data: Snapshot; view: View }) {
  const [open, setOpen] = useState<RequestRow>();
  const [examples, setExamples] = useState<NewExample[]>([]);
  const title = VIEWS.find(({ id }) => id === view)?.name ?? "";
  return (
    <>
      <h1 class="hidden">{title}</h1>
      {view === "overview" && <Overview data={data} onOpen={setOpen} />}
      {view === "requests" && <Requests data={data} onOpen={setOpen} />}
      <div hidden={view !== "explain"}>
        <Explain
          tiers={data.tiers.map(({ name }) => name)}
          onTeach={(example) => setExamples((before) => [...before, example])}
        />
      </div>
      <div hidden={view !== "teach"}>
        <Teach data={data} examples={examples} onExamples={setExamples} />
      </div>
      {open && <Detail row={open} data={data} onClose={() => setOpen(undefined)} />}
    </>
  );
}

const LINK_WORDS = { connecting: "Connecting", live: "Live", lost: "Reconnecting", locked: "Locked" } as const;

function LinkState({ live: { link, data, trouble } }: { live: Live }) {
  const words = link === "live" && data && data.status !== "ok" ? data.status : LINK_WORDS[link];
  return (
    <p class={`link ${link === "live" && data?.status === "degraded" ? "lost" : link}`} role="status" title={trouble}>
      <i aria-hidden="true" />
      {words}
    </p>
  );
}

/** The view that the address names. */
function useView(): View {
  const named = () => VIEWS.find(({ id }) => `#${id}` === location.hash)?.id ?? "overview";
  const [view, setView] = useState<View>(named);
  const first = useRef(true);
  useEffect(() => {
    const changed = () => setView(named());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  useEffect(() => {
    document.title = `${VIEWS.find(({ id }) => id === view)?.name} · VirtuSoul Router`;
    if (!first.current) scrollTo({ top: 0 });
    first.current = false;
  }, [view]);
  return view;
}

/** The address names a view: it must not name the content. */
function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
