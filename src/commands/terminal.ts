import pc from "picocolors";
import type { Host } from "../runtime/host.ts";

export type Paint = Pick<ReturnType<typeof pc.createColors>, "bold" | "dim" | "red" | "green" | "yellow">;

/** Colours for standard output: on a terminal, unless its owner wants none (NO_COLOR). */
export function paintFor({ terminal, env }: Pick<Host, "terminal" | "env">): Paint {
  return pc.createColors(terminal.stdout && !env.NO_COLOR && env.TERM !== "dumb");
}

/** Rows → lines, each column as wide as its widest cell; colours take no room. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, at) => Math.max(widthOf(cell), most[at] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row.map((cell, at) => at === row.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - widthOf(cell))).join(
      "  ",
    )
      .trimEnd()
  );
}

// deno-lint-ignore no-control-regex -- a colour is a control sign and what follows it
const COLOUR = /\x1b\[\d+m/g;

function widthOf(cell: string): number {
  return cell.replaceAll(COLOUR, "").length;
}
