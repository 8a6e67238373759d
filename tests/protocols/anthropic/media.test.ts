import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { conversation, type Json, refused } from "./given.ts";

const base64 = (bytes: number[] | string) => Buffer.from(bytes as string).toString("base64");
const JPEG = base64([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
const PNG = base64([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
const GIF = base64("GIF89a..");
const WEBP = base64([...Buffer.from("RIFF"), 0x24, 0xfa, 7, 0, ...Buffer.from("WEBPVP8 ")]);
const ODD = base64("no image at all");

const blocks = (part: Json) => conversation([{ role: "user", content: [part] }]).turns[0].content;
const image = (url: Json) => ({ type: "image_url", image_url: { url } });
const file = (fields: Json) => ({ type: "file", file: fields });

for (
  const [what, url, type, data] of [
    ["a JPEG", `data:image/jpeg;base64,${JPEG}`, "image/jpeg", JPEG],
    ["a JPEG called jpg", `data:image/jpg;base64,${JPEG}`, "image/jpeg", JPEG],
    ["what is only called jpg", `data:image/jpg;base64,${ODD}`, "image/jpeg", ODD],
    ["a PNG called jpeg", `data:image/jpeg;base64,${PNG}`, "image/png", PNG],
    ["four bytes of a PNG", `data:image/gif;base64,${base64([0x89, 0x50, 0x4e, 0x47])}`, "image/png", "iVBORw=="],
    ["a GIF called png", `data:image/png;base64,${GIF}`, "image/gif", GIF],
    ["a WebP called jpeg", `data:image/jpeg;base64,${WEBP}`, "image/webp", WEBP],
    ["a PNG of no named type", `data:;base64,${PNG}`, "image/png", PNG],
    ["a PNG, shouted, with a parameter", `DATA:IMAGE/PNG;charset=x;BASE64,${PNG}`, "image/png", PNG],
    ["what is only called webp", `data:image/webp;base64,${ODD}`, "image/webp", ODD],
  ] as const
) {
  test(`media: ${what} is sent as ${type}`, () => {
    assert.deepEqual(blocks(image(url)), [{ type: "image", source: { type: "base64", media_type: type, data } }]);
  });
}

for (const url of ["https://a.b/c.png", "HTTP://a.b/c"]) {
  test(`media: ${url} is left for Anthropic to fetch, also as a bare string`, () => {
    const block = { type: "image", source: { type: "url", url } };
    assert.deepEqual(blocks(image(url)), [block]);
    assert.deepEqual(blocks({ type: "image_url", image_url: url }), [block]);
  });
}

for (
  const [what, url] of [
    ["another type of image", `data:image/svg+xml;base64,${ODD}`],
    ["an image that is not in base64", "data:image/png,%89PNG"],
    ["a data URL without data", "data:image/png;base64"],
    ["a file's address", "file:///etc/passwd"],
    ["no address", ""],
    ["a number", 5],
    ["nothing", undefined],
  ] as const
) {
  test(`media: ${what} is refused as an image`, () => {
    refused({ messages: [{ role: "user", content: [image(url)] }] }, "messages[0].content[0].image_url");
  });
}

const pdf = (data: string) => ({ type: "base64", media_type: "application/pdf", data });
const plain = (data: string) => ({ type: "text", media_type: "text/plain", data });

for (
  const [what, fields, block] of [
    ["a PDF with a name", { filename: "r.pdf", file_data: "data:application/pdf;base64,JVBE" }, {
      source: pdf("JVBE"),
      title: "r.pdf",
    }],
    ["a PDF without one", { file_data: "data:application/pdf;base64,JVBE" }, { source: pdf("JVBE") }],
    ["text in base64", { filename: "a.txt", file_data: `data:text/plain;base64,${base64("Grüße ☀️")}` }, {
      source: plain("Grüße ☀️"),
      title: "a.txt",
    }],
    ["text with a charset", { file_data: `data:text/plain;charset=utf-8;base64,${base64("é")}` }, {
      source: plain("é"),
    }],
    ["text as it is", { file_data: "data:text/plain,a%20b" }, { source: plain("a b") }],
  ] as [string, Json, Json][]
) {
  test(`media: ${what} is a document`, () => {
    assert.deepEqual(blocks(file(fields)), [{ type: "document", ...block }]);
  });
}

for (
  const [what, fields, at] of [
    ["a file of OpenAI's", { file_id: "file-1" }, "file_id"],
    ["another type", { file_data: "data:application/zip;base64,UEs=" }, "file_data"],
    ["a PDF that is not in base64", { file_data: "data:application/pdf,x" }, "file_data"],
    ["text that is no base64", { file_data: "data:text/plain;base64,%%%" }, "file_data"],
    ["text that is badly escaped", { file_data: "data:text/plain,%E0%A4%A" }, "file_data"],
    ["no data", {}, "file_data"],
  ] as const
) {
  test(`media: ${what} is refused as a file`, () => {
    refused({ messages: [{ role: "user", content: [file(fields)] }] }, `messages[0].content[0].file.${at}`);
  });
}
