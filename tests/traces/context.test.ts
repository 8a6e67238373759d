import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf, headersOf } from "../../src/traces/context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const read = (traceparent: string, tracestate?: string) =>
  contextOf(new Headers({ traceparent, ...(tracestate === undefined ? {} : { tracestate }) }));

for (const flags of ["00", "01", "03"]) {
  test(`a trace with the flags ${flags} is continued below the caller's span`, () => {
    const context = read(`00-${TRACE}-${PARENT}-${flags}`, "a=1,b=2");
    assert.deepEqual([context.traceId, context.parentId, context.state], [TRACE, PARENT, "a=1,b=2"]);
    assert.equal(context.sampled, flags !== "00");
    assert.match(context.spanId, /^[0-9a-f]{16}$/);
    assert.notEqual(context.spanId, PARENT);
    const traceparent = `00-${TRACE}-${context.spanId}-${flags === "00" ? "00" : "01"}`;
    assert.deepEqual(headersOf(context), { traceparent, tracestate: "a=1,b=2" });
  });
}

test("a later version is read as far as it is known", () => {
  assert.equal(read(`01-${TRACE}-${PARENT}-01-more`).traceId, TRACE);
});

for (
  const wrong of [
    "",
    "nonsense",
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE}-${PARENT}-01-more`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${"0".repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-1`,
    `00-${TRACE.slice(1)}-${PARENT}-01`,
  ]
) {
  test(`"${wrong}" is no trace: a new one begins, and a tracestate beside it is dropped`, () => {
    const context = read(wrong, "a=1");
    assert.match(context.traceId, /^[0-9a-f]{32}$/);
    assert.notEqual(context.traceId, TRACE);
    assert.deepEqual([context.parentId, context.state, context.sampled], [undefined, undefined, true]);
    assert.deepEqual(Object.keys(headersOf(context)), ["traceparent"]);
  });
}
