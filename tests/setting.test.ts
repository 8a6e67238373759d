import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choiceSetting,
  listSetting,
  numberSetting,
  objectSetting,
  optionalNumberSetting,
  switchSetting,
} from "../src/setting.ts";

const whole = numberSetting(7, { min: 0, max: 10, whole: true });

for (const [value, expected] of [[undefined, 7], ["0", 0], ["10", 10], [" 3 ", 3]] as const) {
  test(`a whole number written ${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(whole.parse(value), expected);
  });
}

for (const value of ["11", "-1", "1.5", "x", "1e9", "NaN", "Infinity", "0x"]) {
  test(`a whole number from 0 to 10 cannot be ${JSON.stringify(value)}`, () => {
    const issue = whole.safeParse(value).error?.issues[0]?.message;
    assert.equal(issue, "use a whole number from 0 to 10");
  });
}

test("a fraction is a number where fractions are allowed", () => {
  assert.equal(optionalNumberSetting({ min: 0, max: 1 }).parse("0.25"), 0.25);
  assert.equal(optionalNumberSetting({ min: 0, max: 1 }).parse(undefined), undefined);
});

test("a switch is on or off, whatever the case", () => {
  assert.equal(switchSetting(false).parse("ON"), true);
  assert.equal(switchSetting(true).parse(undefined), true);
  assert.equal(switchSetting(true).safeParse("yes").success, false);
});

test("a choice is told what it may be", () => {
  const level = choiceSetting("INFO", ["DEBUG", "INFO"]);
  assert.equal(level.parse("debug"), "DEBUG");
  assert.match(level.safeParse("loud").error?.issues[0]?.message ?? "", /DEBUG, INFO/);
});

test("a list leaves out what is blank", () => {
  assert.deepEqual(listSetting().parse(" a, ,b,"), ["a", "b"]);
  assert.deepEqual(listSetting().parse(undefined), []);
});

for (const value of ["[1]", "1", "null", "{a:1}", "text"]) {
  test(`a JSON object cannot be ${value}`, () => assert.equal(objectSetting().safeParse(value).success, false));
}

test("a JSON object is read", () => assert.deepEqual(objectSetting().parse('{"a": [1]}'), { a: [1] }));
