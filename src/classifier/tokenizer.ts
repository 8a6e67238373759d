/** The longest sequence that the encoder reads, [CLS] and [SEP] included. */
export const MAX_TOKENS = 64;

/** How much of a text's start, and of its end, is looked at, characters. More could not reach the tokens kept. */
const EDGE = 2000;

const CLS = 101;
const SEP = 102;
const HEAD = MAX_TOKENS / 2 - 1;

/** Text → token ids: [CLS], up to 62 tokens (of a longer text the first 31 and the last 31), [SEP]. */
export type Tokenize = (text: string) => number[];

/**
 * BERT's uncased WordPiece by transformers.js; ids are the published tokenizer's.
 * `tokenizer`, `config`: contents of `tokenizer.json` and `tokenizer_config.json`.
 */
export async function createTokenizer(tokenizer: object, config: object): Promise<Tokenize> {
  // transformers.js wants an ONNX Runtime when it is imported, and would take one from a CDN; its tokenizer needs none.
  const runtime = Symbol.for("onnxruntime");
  const world = globalThis as Record<symbol, unknown>;
  world[runtime] ??= { env: { wasm: {}, webgpu: {} }, Tensor: class {}, InferenceSession: {} };
  const { BertTokenizer } = await import("@huggingface/transformers");
  const bert = new BertTokenizer(tokenizer, config);
  return (text) => {
    const ids: number[] = bert.encode(text);
    if (ids.length <= MAX_TOKENS) return ids;
    return [CLS, ...ids.slice(1, 1 + HEAD), ...ids.slice(-1 - HEAD, -1), SEP];
  };
}

/** The parts of a text that are looked at: a megabyte costs no more than a page. */
export function cut(text: string): string {
  const kept = text.length <= 2 * EDGE ? text : `${text.slice(0, EDGE)}\n${text.slice(-EDGE)}`;
  // A lone surrogate (a cut character too) is no character: it becomes U+FFFD, as it would on any wire.
  return kept.toWellFormed();
}
