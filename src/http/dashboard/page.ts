import type { Context } from "hono";

/** What the page says of itself: a page that knows that it needs a key does not try without. */
const NO_KEY = 'data-key="none"';

/** `GET /dashboard`: the page, whole. Holds nothing that a key would protect. */
export function createPage(read: () => Promise<Uint8Array<ArrayBuffer>>, { keyNeeded }: { keyNeeded: boolean }) {
  let made: Promise<{ html: string; headers: Record<string, string> }> | undefined;
  const make = async () => {
    const text = new TextDecoder().decode(await read());
    const html = keyNeeded ? text.replace(NO_KEY, 'data-key="needed"') : text;
    return { html, headers: await headersOf(html) };
  };
  return async (context: Context): Promise<Response> => {
    made ??= make();
    const { html, headers } = await made;
    if (context.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
    return new Response(html, { headers });
  };
}

/** Nothing runs but what stands in the page, nothing is loaded, and only the router is spoken to. */
async function headersOf(html: string): Promise<Record<string, string>> {
  const sources = (tag: string) =>
    Promise.all(html.split(`<${tag}>`).slice(1).map((rest) => digestOf(rest.split(`</${tag}>`, 1)[0] ?? "")));
  const policy = [
    "default-src 'none'",
    `script-src ${(await sources("script")).join(" ")}`,
    `style-src ${(await sources("style")).join(" ")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    etag: `"${(await digestOf(html)).slice(8, 30)}"`,
  };
}

async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `'sha256-${btoa(String.fromCharCode(...bytes))}'`;
}
