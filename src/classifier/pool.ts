import type { FromWorker, ToWorker } from "./messages.ts";

/** What became of a job: the vector, or why there is none. */
export type Encoded = { vector: Float32Array<ArrayBuffer> } | { missed: "deadline" | "queue_full" | "failed" };

interface PoolOptions {
  createWorker: () => Worker;
  workers: number;
  /** The bytes that a Worker needs; read anew for each, since they are handed over. */
  load: () => Promise<{ kernel: Uint8Array<ArrayBuffer>; model: Uint8Array<ArrayBuffer> }>;
  /** The longest wait for an answer, queueing included, ms. */
  deadlineMs: number;
  /** Told when a Worker died or could not start. */
  onTrouble: (message: string) => void;
}

/** Encodes in Workers, one encoder each. */
export interface Pool {
  /** The first Worker is up. Rejects when none can be. */
  readonly ready: Promise<void>;
  /** `states` is handed over. Never rejects. `deadlineMs` in place of the usual one. */
  encode(states: Float32Array<ArrayBuffer>, deadlineMs?: number): Promise<Encoded>;
  /** Jobs waiting for a Worker. */
  readonly waiting: number;
  close(): void;
}

/** Jobs that may wait, for each Worker: at some 20 ms each, more could not meet any deadline. */
const QUEUE_PER_WORKER = 32;
/** A Worker that dies so often in a row will not come back. */
const MAX_DEATHS = 5;

interface Job {
  states: Float32Array<ArrayBuffer>;
  settle: (result: Encoded) => void;
  settled: boolean;
  /** Sent to a Worker that died: a second death is the job's own fault. */
  repeated: boolean;
}

interface Member {
  worker: Worker;
  job: Job | undefined;
  up: boolean;
}

export function createPool({ createWorker, workers, load, deadlineMs, onTrouble }: PoolOptions): Pool {
  const members = new Set<Member>();
  const queue: Job[] = [];
  const ready = Promise.withResolvers<void>();
  // Whoever does not wait for it still hears of it through `onTrouble`.
  ready.promise.catch(() => {});
  let nextId = 0;
  let deaths = 0;
  /** Workers whose bytes are being read. */
  let coming = 0;
  /** Closed, or given up: no Worker will come. */
  let over = false;

  const idleMember = () => [...members].find((member) => member.up && !member.job);
  const next = (member: Member) => {
    let job = queue.shift();
    while (job?.settled) job = queue.shift();
    if (job) give(member, job);
  };
  const give = (member: Member, job: Job) => {
    member.job = job;
    // A job keeps its own copy: a Worker that dies takes the buffer with it.
    const states = job.states.slice();
    const message: ToWorker = { type: "encode", id: nextId++, states };
    member.worker.postMessage(message, [states.buffer]);
  };
  const finish = (member: Member, result: Encoded) => {
    member.job?.settle(result);
    member.job = undefined;
    next(member);
  };
  const bury = (member: Member, message: string) => {
    if (!members.delete(member) || over) return;
    member.worker.terminate();
    onTrouble(message);
    const { job } = member;
    if (job && !job.settled) {
      if (job.repeated) job.settle({ missed: "failed" });
      else queue.unshift(Object.assign(job, { repeated: true }));
    }
    const idle = idleMember();
    if (idle) next(idle);
    if (++deaths <= MAX_DEATHS) hire();
    else giveUp(new Error(`Cannot encode: ${message}`));
  };
  // Where none works and none will come, nobody may wait.
  const giveUp = (why: unknown) => {
    if (members.size > 0 || coming > 0) return;
    over = true;
    ready.reject(why);
    for (const waiting of queue.splice(0)) waiting.settle({ missed: "failed" });
  };
  const hear = (member: Member, message: FromWorker) => {
    if (message.type === "ready") {
      member.up = true;
      ready.resolve();
      return next(member);
    }
    if (message.type === "failed" && !member.up) return bury(member, message.message);
    deaths = 0;
    finish(member, message.type === "encoded" ? { vector: message.vector } : { missed: "failed" });
  };
  const start = ({ kernel, model }: Awaited<ReturnType<PoolOptions["load"]>>) => {
    if (over) return;
    const worker = createWorker();
    const member: Member = { worker, job: undefined, up: false };
    members.add(member);
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(member, data);
    worker.onerror = (event) => {
      event.preventDefault();
      bury(member, event.message || "a Worker died");
    };
    worker.addEventListener("close", () => bury(member, "a Worker ended"));
    const message: ToWorker = { type: "load", kernel, model };
    worker.postMessage(message, [kernel.buffer, model.buffer]);
  };
  const hire = async () => {
    coming++;
    const failure: unknown = await load().then(start).catch((error: unknown) => error);
    coming--;
    if (failure === undefined || over) return;
    onTrouble(String(failure));
    giveUp(failure);
  };
  for (let count = 0; count < workers; count++) hire();
  return {
    ready: ready.promise,
    get waiting() {
      return queue.length;
    },
    encode(states, patience = deadlineMs) {
      if (over) return Promise.resolve({ missed: "failed" });
      const idle = idleMember();
      if (!idle && queue.length >= QUEUE_PER_WORKER * workers) return Promise.resolve({ missed: "queue_full" });
      return new Promise((resolve) => {
        const timer = setTimeout(() => job.settle({ missed: "deadline" }), patience);
        const job: Job = {
          states,
          settled: false,
          repeated: false,
          settle: (result) => {
            clearTimeout(timer);
            job.settled = true;
            resolve(result);
          },
        };
        if (idle) give(idle, job);
        else queue.push(job);
      });
    },
    close() {
      over = true;
      for (const { worker, job } of members) {
        worker.terminate();
        job?.settle({ missed: "failed" });
      }
      for (const job of queue.splice(0)) job.settle({ missed: "failed" });
      members.clear();
    },
  };
}
