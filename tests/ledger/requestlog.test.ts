import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequestLog } from "../../src/ledger/requestlog.ts";
import { createLog, type LogLevel, type LogStyle } from "../../src/log.ts";
import type { RequestRecord } from "../../src/ledger/record.ts";
import { recordOf } from "../support/record.ts";

function said(record: RequestRecord, level: LogLevel = "INFO", style: LogStyle = "json"): string {
  let text = "";
  createRequestLog(createLog(level, (line) => text += line, style))(record);
  return text;
}

test("a request is one line of JSON", () => {
  const text = said(recordOf({ tokens: { input: 9, output: 8, cached: 7, written: 1, reasoning: 6 }, cost: 1 / 3 }));
  assert.equal(text.indexOf("\n"), text.length - 1);
  const { time: _, ...line } = JSON.parse(text);
  assert.deepEqual(line, {
    ...{ level: "INFO", message: "Request", id: "req_1", client: "everyone", session: "0123456789abcdef" },
    ...{ tier: "low", model: "custom/l", reason: "static", confidence: 0.7, status: 200, stream: false, attempts: 1 },
    ...{ routing_ms: 0.8, first_byte_ms: 13, total_ms: 13.4 },
    ...{ input_tokens: 9, cached_tokens: 7, output_tokens: 8, reasoning_tokens: 6, cost: 0.33333333 },
  });
});

test("on a terminal it is a line for people, without what is not known", () => {
  const text = said(recordOf({ session: undefined, cost: undefined, tokens: undefined }), "INFO", "pretty");
  assert.match(
    text,
    /^\d\d:\d\d:\d\d INFO +Request id=req_1 client=everyone tier=low model=custom\/l .*total_ms=13.4\n$/,
  );
  assert.ok(!text.includes("cost") && !text.includes("{"));
});

for (
  const [status, level, told] of [
    [200, "INFO", "INFO"],
    [429, "INFO", "INFO"],
    [499, "INFO", "INFO"],
    [500, "INFO", "WARNING"],
    [503, "WARNING", "WARNING"],
    [200, "WARNING", undefined],
    [503, "ERROR", undefined],
  ] as const
) {
  test(`at LOG_LEVEL ${level} a request that ends with ${status} is ${told ? `a line of ${told}` : "not told"}`, () => {
    const text = said(recordOf({ status }), level);
    assert.equal(text === "" ? undefined : JSON.parse(text).level, told);
  });
}
