/** A body's text, and whether it was longer than the limit. */
export interface LimitedText {
  text: string;
  cut: boolean;
}

/** A body's text, about `limit` bytes of it; the rest is not read and the connection let go. */
export async function readText(response: Response, limit: number): Promise<LimitedText> {
  if (declared(response) <= limit) return { text: await response.text(), cut: false };
  if (!response.body) return { text: "", cut: false };
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.byteLength;
    text += decoder.decode(piece, { stream: true });
    if (bytes > limit) return { text, cut: true };
  }
  return { text: text + decoder.decode(), cut: false };
}

/** The body's length as its sender declares it, bytes, where that bounds what comes out of it; else infinite. */
function declared({ headers }: Response): number {
  const length = headers.get("content-length");
  const packed = headers.has("content-encoding") || headers.has("transfer-encoding");
  return length === null || packed ? Infinity : Number(length);
}
