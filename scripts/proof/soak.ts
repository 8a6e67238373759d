// The soak: `bun scripts/proof/soak.ts [MINUTES] [SEED]`. The router (SUBJECT: bun, deno or binary) serves mixed load (whole
// replies, streams, clients that leave, bad input, upstreams that fail) while it is reloaded and retrained and its Redis
// dies and comes back. In the end every request must be accounted for, and nothing may have leaked. Exit 1 otherwise.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createChance } from "../../tests/support/chance.ts";
import { NO_REDIS, startRedis } from "../../tests/support/redis.ts";
import { post, type Running, startRouter, SUBJECT } from "../../tests/support/subject.ts";
import { until } from "../../tests/support/until.ts";
import { chunks, eventOf, reply, startUpstream, wait } from "../../tests/support/upstream.ts";
import { malformed } from "./malformed.ts";
import { type Held, heldBy } from "./process.ts";

export interface Soak {
  /** Chat requests by what was done, and how many of them there were. */
  done: Record<string, number>;
  /** Chat requests that were sent, the lines about them in the log, and their count in /metrics. */
  sent: number;
  logged: number;
  counted: number;
  reloads: number;
  retrainings: number;
  redisDeaths: number;
  /** What the router held: when it was warm and idle, and idle in the end; undefined where the machine does not say. */
  before: Held | undefined;
  after: Held | undefined;
  complaints: string[];
}

const LANES = 12;
/** A lane's pause between two requests, ms at most. */
const PAUSE_MS = 20;
/** Of the run, what it takes to be warm: caches are full, code is compiled. */
const WARM = 0.2;
/** What memory may grow by after that, MB. */
const GROWTH_MB = 80;
/** Sockets and handles that an idle router may hold more than before: connections to upstreams are kept for a while. */
const PARKED = 70;
/** Complaints are listed up to here. */
const SHOWN = 20;

const EXAMPLES = ["simple", "medium", "complex", "reasoning"].flatMap((tier, rank) =>
  Array.from({ length: 8 }, (_, nth) => ({ text: `${"so ".repeat(rank)}example ${nth} of kind ${rank}`, tier }))
);

interface Run {
  router: Running;
  chance: () => number;
  soak: Soak;
  bad: ReturnType<typeof malformed>;
}

/** One request of a kind. Throws what is wrong with its answer. */
type Deed = (run: Run, nth: number) => Promise<void>;

const ask = ({ router, soak }: Run, content: string, more: Record<string, unknown> = {}, signal?: AbortSignal) => {
  soak.sent++;
  return fetch(`${router.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-session-id": `s${Math.floor(soak.sent / 3)}` },
    body: JSON.stringify({ model: "simple", messages: [{ role: "user", content }], ...more }),
    ...(signal && { signal }),
  });
};

const DEEDS: Record<string, { share: number; deed: Deed }> = {
  whole: {
    share: 30,
    async deed(run, nth) {
      const response = await ask(run, `whole ${nth}`);
      const body = await response.json();
      expect(response.status === 200 && body.choices[0].message.content === "hi", `${response.status}`);
    },
  },
  judged: {
    share: 15,
    async deed(run, nth) {
      const response = await ask(run, `Please explain matter number ${nth} to me`, { model: "auto" });
      const body = await response.json();
      expect(response.status === 200 && body.choices.length === 1, `${response.status}`);
    },
  },
  streamed: {
    share: 25,
    async deed(run, nth) {
      const text = await (await ask(run, `stream ${nth}`, { stream: true })).text();
      expect(text.endsWith("data: [DONE]\n\n") && text.includes("one") && text.includes("five"), text.slice(-200));
    },
  },
  left: {
    share: 10,
    async deed(run, nth) {
      const client = new AbortController();
      const response = await ask(run, `slow stream ${nth}`, { stream: true }, client.signal);
      expect(response.status === 200, `${response.status}`);
      await response.body?.getReader().read();
      client.abort();
    },
  },
  bad: {
    share: 10,
    async deed({ router, bad, soak }) {
      let broken = bad.next().value;
      while (broken.path !== "/v1/chat/completions" || broken.method !== "POST") broken = bad.next().value;
      const { path, headers, body } = broken;
      soak.sent++;
      const response = await fetch(router.url + path, { method: "POST", headers, ...(body !== undefined && { body }) });
      await response.text();
      expect(response.status >= 400 && response.status < 500, `${broken.kind}: ${response.status}`);
    },
  },
  failing: {
    share: 10,
    async deed(run, nth) {
      const response = await ask(run, `fail ${nth % FAILURES.length}`, { model: "medium", stream: nth % 2 === 0 });
      const text = await response.text();
      // The fallback answers, unless the failure comes after the first words: then the stream says so.
      expect(response.status === 200 && /hi|echo|upstream_interrupted|Echo/i.test(text), `${response.status} ${text}`);
    },
  },
};

/** How the upstream fails when it is asked for the model `failing`. */
const FAILURES: ((response: import("node:http").ServerResponse) => void)[] = [
  (response) => void response.writeHead(500).end("{}"),
  (response) => void response.writeHead(200, { "content-type": "application/json" }).end("<html>"),
  (response) => void response.destroy(),
  (response) => void response.writeHead(429, { "retry-after": "60" }).end("{}"),
  (response) => void response.writeHead(200, { "content-type": "application/json" }).end('{"choices": ['),
];

/** Runs for so many minutes. */
export async function runSoak(minutes: number, seed: number, tell: (line: string) => void = () => {}): Promise<Soak> {
  const redis = NO_REDIS ? undefined : await startRedis();
  const upstream = await startUpstream(async (response, { body }) => {
    upstream.received.length = 0;
    const content = String(body.messages.at(-1).content);
    const failure = FAILURES[Number(/^fail (\d+)/.exec(content)?.[1])];
    if (body.model === "failing" && failure) return failure(response);
    if (!body.stream) {
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply("hi")));
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const payload of chunks(["one", "two", "three", "four", "five"])) {
      if (response.destroyed) return;
      response.write(eventOf(payload));
      await wait(content.startsWith("slow") ? 100 : 1);
    }
    response.end();
  });
  const router = await startRouter({
    dotenv: "COMPLEX_PROVIDER=echo\nCOMPLEX_MODEL=m0\n",
    environment: {
      SIMPLE_PROVIDER: "custom",
      SIMPLE_MODEL: "good",
      MEDIUM_PROVIDER: "custom",
      MEDIUM_MODEL: "failing",
      MEDIUM_FALLBACKS: "echo/echo",
      CUSTOM_BASE_URL: upstream.url,
      TIMEOUT: "20",
      HISTORY: "on",
      FEEDBACK: "on",
      DECISION_LOG: "decisions.jsonl",
      ...(redis && { STATE_URL: redis.url }),
    },
  });
  const soak: Soak = {
    ...{ done: {}, sent: 0, logged: 0, counted: 0, reloads: 0, retrainings: 0, redisDeaths: 0 },
    ...{ before: undefined, after: undefined, complaints: [] },
  };
  const run: Run = { router, chance: createChance(seed), soak, bad: malformed(seed) };
  const complain = (what: string) => (error: unknown) => {
    soak.complaints.push(`${what}: ${error instanceof Error ? error.message : error}`.slice(0, 400));
  };
  const began = performance.now();
  const length = minutes * 60_000;
  try {
    await load(run, length * WARM, complain);
    // What the first retraining reads stays in memory: it is no leak.
    await retrain(run);
    soak.before = await idle(router);
    tell(line("warm", soak, soak.before));
    const disturbing = disturb(run, length * (1 - WARM), redis, complain);
    while (performance.now() - began < length) {
      await load(run, Math.min(30_000, Math.max(0, length - (performance.now() - began))), complain);
      tell(line(`${((performance.now() - began) / 60_000).toFixed(1)} min`, soak, heldBy(router)));
    }
    await disturbing;
    soak.after = await idle(router);
    tell(line("idle again", soak, soak.after));
    await account(router, soak);
  } finally {
    await router.stop();
    await upstream.close();
    await redis?.close();
  }
  return soak;
}

/** All lanes at work for so long. */
async function load(run: Run, ms: number, complain: (what: string) => (error: unknown) => void): Promise<void> {
  const ends = performance.now() + ms;
  const deeds = Object.entries(DEEDS).flatMap(([name, { share, deed }]) =>
    Array.from({ length: share }, () => ({ name, deed }))
  );
  const lane = async () => {
    while (performance.now() < ends) {
      const { name, deed } = deeds[Math.floor(run.chance() * deeds.length)]!;
      const nth = run.soak.done[name] = (run.soak.done[name] ?? 0) + 1;
      await deed(run, nth).catch(complain(name));
      await wait(PAUSE_MS * run.chance());
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function retrain({ router, soak }: Run): Promise<void> {
  const response = await post(`${router.url}/retrain`, { examples: EXAMPLES, mode: "replace", force: true });
  expect(response.status === 200, `${response.status} ${await response.text()}`);
  soak.retrainings++;
}

/** Reloads, retrainings and deaths of Redis, side by side. */
async function disturb(
  run: Run,
  ms: number,
  redis: Awaited<ReturnType<typeof startRedis>> | undefined,
  complain: (what: string) => (error: unknown) => void,
): Promise<void> {
  const { router, soak } = run;
  const ends = performance.now() + ms;
  const every = async (pause: number, act: () => Promise<void>, what: string) => {
    await wait(Math.min(pause, ms / 3));
    while (performance.now() < ends) {
      await act().catch(complain(what));
      await wait(Math.min(pause, Math.max(0, ends - performance.now())));
    }
  };
  const reload = async () => {
    writeFileSync(join(router.folder, ".env"), `COMPLEX_PROVIDER=echo\nCOMPLEX_MODEL=m${soak.reloads % 7}\n`);
    const response = await post(`${router.url}/reload`, {});
    expect(response.status === 200, `${response.status} ${await response.text()}`);
    soak.reloads++;
  };
  const die = async () => {
    await redis?.kill();
    await wait(1000);
    await redis?.start();
    soak.redisDeaths++;
  };
  await Promise.all([
    every(5000, reload, "reload"),
    every(15_000, () => retrain(run), "retrain"),
    ...(redis ? [every(40_000, die, "redis")] : []),
  ]);
}

/** What the router holds once nothing is under way any more, and what it parks is let go. */
async function idle(router: Running): Promise<Held | undefined> {
  await wait(2500);
  return heldBy(router);
}

/** Every request has its line in the log and is counted; nothing stays behind. */
async function account(router: Running, soak: Soak): Promise<void> {
  const lines = () => router.stderr().split("\n").filter((line) => line.startsWith("{"));
  const about = () => lines().filter((line) => line.includes('"message":"Request"')).length;
  await until(() => about() >= soak.sent, 10_000).catch(() => {});
  soak.logged = about();
  const metrics = await (await fetch(`${router.url}/metrics`)).text();
  const counts = [...metrics.matchAll(/^virtusoul_requests_total\{.*\} (\d+)$/gm)];
  soak.counted = counts.reduce((sum, [, count]) => sum + Number(count), 0);
  const { complaints, sent, logged, counted, before, after } = soak;
  if (logged !== sent) complaints.push(`${sent} requests were sent, ${logged} are in the log`);
  if (counted !== sent) complaints.push(`${sent} requests were sent, /metrics counted ${counted}`);
  const odd = router.stderr().split("\n").find((line) =>
    line !== "" && !line.startsWith("{") && !/^Decompr/.test(line)
  );
  if (odd !== undefined) complaints.push(`it said: ${odd.slice(0, 300)}`);
  if (!before || !after) return;
  const grown = after.memory - before.memory;
  if (grown > GROWTH_MB) complaints.push(`memory grew by ${grown} MB after it was warm`);
  if (after.sockets > before.sockets + PARKED) complaints.push(`${after.sockets} sockets, ${before.sockets} before`);
  if (after.handles > before.handles + PARKED) complaints.push(`${after.handles} handles, ${before.handles} before`);
}

function line(when: string, { sent, complaints, reloads, retrainings, redisDeaths }: Soak, held: Held | undefined) {
  const figures = held ? `${held.memory} MB, ${held.sockets} sockets, ${held.handles} handles` : "";
  const events = `${reloads} reloads, ${retrainings} retrainings, ${redisDeaths} deaths of Redis`;
  return `${when.padEnd(10)} ${sent} requests, ${events}, ${complaints.length} wrong; ${figures}`;
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

if (import.meta.main) {
  const [minutes = "10", seed = "1"] = process.argv.slice(2);
  const { done, sent, logged, counted, complaints } = await runSoak(Number(minutes), Number(seed), console.log);
  for (const complaint of complaints.slice(0, SHOWN)) console.log(`WRONG: ${complaint}`);
  console.log(Object.entries(done).map(([name, times]) => `${name} ${times}`).join(", "));
  console.log(
    `${SUBJECT}: ${minutes} minutes (seed ${seed}): ${sent} requests sent, ${logged} logged, ${counted} counted; ` +
      `${complaints.length} wrong`,
  );
  process.exit(complaints.length > 0 ? 1 : 0);
}
