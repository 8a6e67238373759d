import { RouterError } from "../../errors.ts";
import type { JsonObject } from "../json.ts";

interface DataUrl {
  type: string;
  base64: boolean;
  data: string;
}

const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/** An image's address, `data:` or `http(s)`, as a block. `param`: where it stands, for complaints. */
export function imageBlock(url: unknown, param: string): JsonObject {
  if (typeof url !== "string") throw refusal(param, "an image must have an address: a data URL or http(s)");
  const data = dataUrlOf(url);
  if (!data) {
    if (/^https?:\/\//i.test(url)) return { type: "image", source: { type: "url", url } };
    throw refusal(param, "an image's address must be a data URL or http(s)");
  }
  const type = sniffed(data.data) ?? (data.type === "image/jpg" ? "image/jpeg" : data.type);
  if (!data.base64 || !IMAGE_TYPES.includes(type)) {
    throw refusal(
      param,
      `Anthropic takes ${IMAGE_TYPES.join(", ")} in base64, not ${JSON.stringify(data.type.slice(0, 60))}`,
    );
  }
  return { type: "image", source: { type: "base64", media_type: type, data: data.data } };
}

/** A file part: a PDF or plain text as a data URL. */
export function documentBlock(file: JsonObject, param: string): JsonObject {
  if (file.file_id !== undefined) {
    throw refusal(
      `${param}.file_id`,
      "files uploaded to OpenAI cannot be read by Anthropic: send the content as file_data",
    );
  }
  const data = typeof file.file_data === "string" ? dataUrlOf(file.file_data) : undefined;
  const title = typeof file.filename === "string" && file.filename !== "" ? { title: file.filename } : {};
  if (data?.base64 && data.type === "application/pdf") {
    return { type: "document", source: { type: "base64", media_type: "application/pdf", data: data.data }, ...title };
  }
  if (data?.type === "text/plain") {
    return {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: plainText(data, param) },
      ...title,
    };
  }
  throw refusal(`${param}.file_data`, "Anthropic takes PDF (base64) and plain text as data URLs");
}

function plainText({ base64, data }: DataUrl, param: string): string {
  try {
    if (!base64) return decodeURIComponent(data);
    return new TextDecoder().decode(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
  } catch {
    throw refusal(`${param}.file_data`, "the text cannot be decoded");
  }
}

/** `data:TYPE[;…][;base64],DATA`, read without a pattern: the data may be megabytes long. */
function dataUrlOf(url: string): DataUrl | undefined {
  if (url.slice(0, 5).toLowerCase() !== "data:") return undefined;
  const comma = url.indexOf(",");
  if (comma < 0) return undefined;
  const [type = "", ...parameters] = url.slice(5, comma).split(";");
  const base64 = parameters.some((parameter) => parameter.trim().toLowerCase() === "base64");
  return { type: type.trim().toLowerCase(), base64, data: url.slice(comma + 1) };
}

/** What an image's first bytes say; the label is often wrong, and Anthropic refuses what does not fit. */
function sniffed(base64: string): string | undefined {
  if (base64.startsWith("/9j/")) return "image/jpeg";
  if (base64.startsWith("iVBORw")) return "image/png";
  if (base64.startsWith("R0lGO")) return "image/gif";
  // "RIFF", four bytes of length, "WEBP".
  return base64.startsWith("UklGR") && base64.slice(11, 16) === "XRUJQ" ? "image/webp" : undefined;
}

function refusal(param: string, why: string): RouterError {
  return new RouterError(400, "unsupported_value", `Cannot send ${param} to Anthropic: ${why}`, { param });
}
