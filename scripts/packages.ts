import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An installed package. */
export interface Package {
  name: string;
  version: string;
  /** An SPDX expression; empty: it names none. */
  license: string;
  folder: string;
  /** The folders of those that it needs itself. */
  needs: string[];
}

export interface Manifest {
  name?: string;
  version?: string;
  license?: string | { type?: string };
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** Each package that these need, themselves included, once, sorted. `root`: where `node_modules` is. */
export function closure(names: readonly string[], root: string): Package[] {
  const found = new Map<string, Package>();
  const visit = (name: string, from: string): string[] => {
    const folder = resolve(name, from, root);
    // Optional for another machine: not installed, not shipped.
    if (!folder) return [];
    if (found.has(folder)) return [folder];
    const manifest = manifestOf(folder);
    const license = typeof manifest.license === "object" ? manifest.license.type ?? "" : manifest.license ?? "";
    const one = {
      name: manifest.name ?? name,
      version: manifest.version ?? "",
      license,
      folder,
      needs: [] as string[],
    };
    found.set(folder, one);
    const next = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    one.needs = next.flatMap((name) => visit(name, folder));
    return [folder];
  };
  for (const name of names) visit(name, root);
  return [...found.values()].sort((a, b) => label(a) < label(b) ? -1 : 1);
}

export function label({ name, version, license }: Package): string {
  return `${name} ${version} (${license || "no licence"})`;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** As the runtimes do: the nearest `node_modules` that has it. */
function resolve(name: string, from: string, root: string): string | undefined {
  for (let at = from;; at = join(at, "..")) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return folder;
    if (at === root || at === "." || at === "/") return undefined;
  }
}
