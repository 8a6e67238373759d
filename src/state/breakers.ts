import { FAILURES, type Health, OPEN_MS, WINDOW_MS } from "../providers/health.ts";
import type { Link } from "./link.ts";
import { CLOSE, FAIL, REOPEN } from "./scripts.ts";

/**
 * Breakers that all replicas share: failures are counted together, and a target that one opens is opened by all within a
 * second. Each decides by its own copy, so that no request waits; each lets a probe of its own through.
 */
export function createSharedHealth(local: Health, link: Link): Health {
  // Opened by Redis' word: when it no longer says so, another replica's probe went well.
  const told = new Set<string>();
  link.onBeat(({ open }) => {
    for (const target of told) {
      if (!open.has(target)) local.adopt(target, undefined);
    }
    told.clear();
    for (const [target, ageMs] of open) {
      told.add(target);
      local.adopt(target, ageMs);
    }
  });
  const tell = (script: string, keys: string[], args: (string | number)[]) =>
    link.use(({ run }) => run(script, keys, args), () => undefined);
  return {
    ...local,
    record(target, ok) {
      const before = local.state(target);
      const troubled = local.troubled(target);
      local.record(target, ok);
      const failures = `failures:${target}`;
      if (ok === true && troubled) {
        told.delete(target);
        void tell(CLOSE, [failures, "open"], [target]);
      } else if (ok === false && before === "half_open" && local.state(target) === "open") {
        void tell(REOPEN, ["open"], [target]);
      } else if (ok === false) {
        void tell(FAIL, [failures, "open"], [target, FAILURES, WINDOW_MS, OPEN_MS]).then((age) => {
          if (typeof age === "number" && age >= 0) local.adopt(target, age);
        });
      }
    },
  };
}
