import assert from "node:assert/strict";
import { test } from "node:test";
import { type Example, parseExamples, parseList, parseTable } from "../../src/trainer/example.ts";

const PLAIN: Example = { text: "hi", tier: "simple", lang: "en", tags: [], group: "file" };

test("what an example does not say is filled in", () => {
  assert.deepEqual(parseExamples('{"text":"hi","tier":"simple"}', "file"), [PLAIN]);
});

test("what an example says is kept", () => {
  const row = { text: " Grüße\n🙂 ", tier: "medium", lang: "de", tags: ["natural"], group: "mine" };
  assert.deepEqual(parseExamples(JSON.stringify(row), "file"), [row]);
});

for (
  const [what, text] of [
    ["a blank line at the end", '{"text":"hi","tier":"simple"}\n\n'],
    ["blank lines between", '\n{"text":"hi","tier":"simple"}\n  \n'],
    ["Windows' line ends", '{"text":"hi","tier":"simple"}\r\n'],
    ["a byte order mark", '\ufeff{"text":"hi","tier":"simple"}\n'],
  ] as const
) {
  test(`JSON lines may have ${what}`, () => assert.deepEqual(parseExamples(text, "file"), [PLAIN]));
}

test("no lines are no examples", () => assert.deepEqual(parseExamples("\n", "file"), []));

const GOOD = '{"text":"hi","tier":"simple"}';
for (
  const [line, why] of [
    ["{text: 1}", /it is not JSON/],
    ['"text"', /expected object/i],
    ["[1]", /expected object/i],
    ["null", /expected object/i],
    ['{"tier":"simple"}', /text: /],
    ['{"text":5,"tier":"simple"}', /text: .*string/],
    ['{"text":"","tier":"simple"}', /text: /],
    ['{"text":"hi"}', /tier: /],
    ['{"text":"hi","tier":""}', /tier: /],
    ['{"text":"hi","tier":"simple","tags":"natural"}', /tags: /],
    ['{"text":"hi","tier":"simple","lang":1}', /lang: /],
  ] as const
) {
  test(`the line ${line} is refused, with its number and cause`, () => {
    const parse = () => parseExamples(`${GOOD}\n${line}\n${GOOD}`, "my file");
    assert.throws(parse, /^Error: Cannot use row 2 of "my file": /);
    assert.throws(parse, why);
  });
}

test("a list is checked row by row", () => {
  assert.deepEqual(parseList([{ text: "hi", tier: "simple" }], "file"), [PLAIN]);
  assert.throws(() => parseList([{ text: "hi", tier: "simple" }, { text: "x" }], "body"), /row 2 of "body": tier: /);
  assert.throws(() => parseList([5], "body"), /row 1 of "body": /);
});

for (
  const [what, text] of [
    ["commas", "text,tier\nhi,simple\n"],
    ["semicolons, as spreadsheets in Europe write", "text;tier\nhi;simple\n"],
    ["tabs", "text\ttier\nhi\tsimple"],
    ["columns in another order, and more of them", "id,tier,text\n7,simple,hi\n"],
    ["Windows' line ends", "text,tier\r\nhi,simple\r\n"],
    ["a byte order mark", "\ufefftext,tier\nhi,simple\n"],
    ["quotes", 'text,tier\n"hi","simple"\n'],
  ] as const
) {
  test(`a table may have ${what}`, () => assert.deepEqual(parseTable(text, "file"), [PLAIN]));
}

test("a table's quoted text may hold commas, quotes and lines", () => {
  const table = 'text,tier\n"one, ""two""\nthree; four",medium\nhi,simple\n';
  assert.deepEqual(parseTable(table, "file").map(({ text }) => text), ['one, "two"\nthree; four', "hi"]);
});

for (
  const [what, text, why] of [
    ["without a column for the tier", "text,label\nhi,simple\n", /"file".*no column "tier"/],
    ["without a header", "hi,simple\nho,medium\n", /no column "text"/],
    ["that is empty", "", /no column "text"/],
    ["with a row that is too short", "text,tier\nhi,simple\nho\n", /row 2 of "file"/],
    ["with a row that is too long", "text,tier\nhi,simple\nho,simple,more\n", /row 2 of "file"/],
    ["with an empty text", "text,tier\nhi,simple\n,simple\n", /row 2 of "file": text/],
    ["with an empty tier", "text,tier\nhi,\nho,simple\n", /row 1 of "file": tier/],
    ["with a quote that does not end", 'text,tier\nhi,simple\n"ho,simple\n', /row 2 of "file"/],
  ] as const
) {
  test(`a table ${what} is refused`, () => assert.throws(() => parseTable(text, "file"), why));
}
