import assert from "node:assert/strict";
import { test } from "node:test";
import { line, readLine } from "../../src/ledger/line.ts";
import { recordOf } from "../support/record.ts";

test("what is written is read, but for probabilities by tier, which follow from those by label", () => {
  for (
    const record of [
      recordOf(),
      recordOf({ tokens: undefined, cost: undefined, firstByteMs: undefined, session: undefined, error: "busy" }),
    ]
  ) {
    const text = line(record);
    assert.ok(text.endsWith("}\n") && text.indexOf("\n") === text.length - 1);
    const { probabilities: _, grounds, ...rest } = record;
    const { grounds: read, ...others } = readLine(text);
    const present = (value: unknown) => JSON.parse(JSON.stringify(value));
    assert.deepEqual(present(others), present(rest));
    assert.deepEqual(present(read), present(grounds));
  }
});

test("times have one decimal and probabilities six", () => {
  const { grounds } = recordOf();
  assert.ok(grounds);
  const text = line(recordOf({
    ...{ routingMs: 1.26, firstByteMs: 2.349, totalMs: 3.999 },
    grounds: { ...grounds, labels: { low: 0.12345678, mid: 0.87654322 } },
  }));
  const read = readLine(text);
  assert.deepEqual([read.routingMs, read.firstByteMs, read.totalMs], [1.3, 2.3, 4]);
  assert.deepEqual(read.grounds.labels, { low: 0.123457, mid: 0.876543 });
});

test("the line of an ordinary request takes less than a kilobyte", () => {
  assert.ok(line(recordOf()).length < 1000);
});

for (
  const [name, text] of [
    ["no JSON", "hello"],
    ["half a line", line(recordOf()).slice(0, 200)],
    ["another object", '{"text": "hello", "tier": "simple"}'],
    ["a list", "[]"],
    ["a request that was refused before it was decided", line(recordOf({ grounds: undefined }))],
    ["a reason that is none", line(recordOf()).replace('"by":"static"', '"by":"whim"')],
    ["negative tokens", line(recordOf()).replace('"input":1000', '"input":-1000')],
  ] as const
) {
  test(`${name} is no decision`, () => assert.throws(() => readLine(text)));
}
