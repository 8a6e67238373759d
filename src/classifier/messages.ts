/** What the pool tells a Worker. Buffers are handed over, not copied. */
export type ToWorker =
  | { type: "load"; kernel: Uint8Array<ArrayBuffer>; model: Uint8Array<ArrayBuffer> }
  | { type: "encode"; id: number; states: Float32Array<ArrayBuffer> };

/** What a Worker answers. */
export type FromWorker =
  | { type: "ready" }
  | { type: "encoded"; id: number; vector: Float32Array<ArrayBuffer> }
  | { type: "failed"; id: number | undefined; message: string };
