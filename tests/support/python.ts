import { spawnSync } from "node:child_process";
import process from "node:process";

/** A Python that has the package openai (PYTHON, by default python3), or why a test that needs one is skipped. */
export function pythonClient(): { command: string; skip: string | false } {
  const { PYTHON: command = "python3" } = process.env;
  const present = spawnSync(command, ["-c", "import openai"]).status === 0;
  return { command, skip: !present && "needs Python with the package openai" };
}
