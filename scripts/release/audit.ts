import type { Manifest } from "../packages.ts";
import { hashesIn } from "./bom.ts";

interface Advisory {
  severity?: string;
  title?: string;
  url?: string;
}

/** What is bad enough in a tool, which no client ever reaches. In what is shipped everything is. */
const GRAVE = new Set(["high", "critical"]);

/** An audit's report → complaints. `shipped`: the names of the packages that the program carries. */
export function findingsIn(report: Record<string, unknown>, shipped: ReadonlySet<string>): string[] {
  return Object.entries(report).flatMap(([name, advisories]) =>
    (Array.isArray(advisories) ? advisories as Advisory[] : []).flatMap(({ severity = "unknown", title, url }) => {
      if (!shipped.has(name) && !GRAVE.has(severity)) return [];
      return [`${name} (${shipped.has(name) ? "shipped" : "a tool"}, ${severity}): ${title} ${url ?? ""}`.trim()];
    })
  );
}

/** Whether all that is installed is what the lock file's hashes say, and nothing runs while it is installed. */
export function lockComplaints(manifest: Manifest & { trustedDependencies?: string[] }, lock: string): string[] {
  const direct = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  return [
    ...direct.filter(([, version]) => !/^\d+\.\d+\.\d+[-+.\w]*$/.test(version)).map(([name, version]) =>
      `${name}: "${version}" is no exact version`
    ),
    ...(manifest.trustedDependencies ?? []).map((name) => `${name} may run scripts while it is installed`),
    ...[...hashesIn(lock)].filter(([, hash]) => !hash.startsWith("sha512-")).map(([name]) =>
      `${name} has no hash in the lock file`
    ),
  ];
}
