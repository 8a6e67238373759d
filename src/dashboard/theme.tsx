/// <reference lib="dom" />
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./parts.tsx";

const KEY = "virtusoul-theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

/** The chosen theme, and the way to choose another; kept for the next visit. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() =>
    THEMES.find((name) => name === localStorage.getItem(KEY)) ?? "system"
  );
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
    // Charts are painted, not styled: they must be told.
    dispatchEvent(new Event("themechange"));
  }, [theme]);
  return [theme, setTheme];
}

export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  return (
    <fieldset class="segmented theme">
      <legend class="hidden">Theme</legend>
      {THEMES.map((name) => (
        <label key={name} title={`Theme: ${name}`}>
          <input type="radio" name="theme" checked={theme === name} onChange={() => setTheme(name)} />
          <span>
            <Icon name={name} />
            <span class="hidden">{name}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A colour of the style sheet as it is now, for what is painted on a canvas. */
export function colorOf(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A number that changes whenever colours do. */
export function useColors(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const changed = () => setTurn((before) => before + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("themechange", changed);
    system.addEventListener("change", changed);
    return () => {
      removeEventListener("themechange", changed);
      system.removeEventListener("change", changed);
    };
  }, []);
  return turn;
}
