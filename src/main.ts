import { host } from "#host";
import { run } from "./commands/run.ts";
import { createBuild } from "./start.ts";

// The Workers' files are named here: in the single file their paths are relative to the folder of this entry point.
const workers = {
  classifier: () => new Worker(new URL("./classifier/worker.ts", import.meta.url), { type: "module" }),
  trainer: () => new Worker(new URL("./trainer/worker.ts", import.meta.url), { type: "module" }),
};

await run(host, createBuild({ host, workers }));
