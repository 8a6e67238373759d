import type { FromWorker, ToWorker } from "../../src/classifier/messages.ts";

/** A Worker's place without a thread: keeps what it is told, and says what the test wants said. */
export interface FakeWorker {
  /** As the pool sees it. */
  worker: Worker;
  told: ToWorker[];
  terminated: boolean;
  say(message: FromWorker): void;
  /** Dies with an uncaught error, or by ending itself. */
  crash(message: string): void;
  end(): void;
  /** Answers the newest job with a vector of this one number. */
  answer(value: number): void;
}

export function createFakeWorker(): FakeWorker {
  const events = new EventTarget();
  const worker = {
    onmessage: null as ((event: MessageEvent) => void) | null,
    onerror: null as ((event: ErrorEvent) => void) | null,
    postMessage(message: ToWorker, transfer: ArrayBuffer[]) {
      // As the real one does: what is handed over is gone on the other side.
      fake.told.push(structuredClone(message, { transfer }));
    },
    terminate: () => void (fake.terminated = true),
    addEventListener: events.addEventListener.bind(events),
  };
  const fake: FakeWorker = {
    // The parts of a Worker that the pool uses, and no others.
    worker: worker as unknown as Worker,
    told: [],
    terminated: false,
    say: (data) => worker.onmessage?.(new MessageEvent("message", { data })),
    crash: (message) => worker.onerror?.(new ErrorEvent("error", { message, cancelable: true })),
    end: () => void events.dispatchEvent(new Event("close")),
    answer(value) {
      const job = fake.told.at(-1);
      if (job?.type !== "encode") throw new Error("There is no job to answer");
      fake.say({ type: "encoded", id: job.id, vector: Float32Array.of(value) });
    },
  };
  return fake;
}
