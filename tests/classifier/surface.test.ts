import assert from "node:assert/strict";
import { test } from "node:test";
import { SIGN_NAMES, signsOf } from "../../src/classifier/surface.ts";

function sign(text: string, name: string): number {
  const at = SIGN_NAMES.indexOf(name);
  assert.ok(at >= 0, `there is no sign "${name}"`);
  return signsOf(text)[at] ?? Number.NaN;
}

const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`);

for (
  const [text, name, expected] of [
    ["abc", "length in characters", Math.log(4)],
    // Two UTF-16 units each, one character each.
    ["🙂🙂", "length in characters", Math.log(3)],
    ["one two\nthree", "length in words", Math.log(4)],
    ["one two\nthree", "lines", Math.log(3)],
    ["Stop. Go! Why? 好。", "sentences", Math.log(5)],
    ["ab cd", "word length", 2.5],
    ["x".repeat(100), "word length", 20],
    ["ab12", "digits", Math.sqrt(0.5)],
    ["ABcd 12", "capitals", Math.sqrt(0.5)],
    ["  hello", "starts in lower case", 1],
    ["ärger", "starts in lower case", 1],
    ["Hello", "starts in lower case", 0],
    ["1 hello", "starts in lower case", 0],
    ["äbcd", "letters beyond ASCII", 0.25],
    ["한국ab", "letters beyond ASCII", 0.5],
    ["漢字ab", "ideographs", 0.5],
    ["한국ab", "ideographs", 0],
    ["f(x)", "code marks", Math.sqrt(0.5)],
    ["∀x∈", "maths marks", Math.sqrt(2 / 3)],
    ["why? なぜ？ لماذا؟", "question marks", Math.log(4)],
    ["why?", "ends with a question", 1],
    ['He asked "why?" ', "ends with a question", 1],
    ["why? Because.", "ends with a question", 0],
    ["hey! 好！", "exclamation marks", Math.log(3)],
    ["a, b、c", "commas", 1],
    ["a: b：c", "colons", Math.log(3)],
    ["“a” 'b'", "quotes", Math.log(5)],
    ["- a\n* b\n  3) c\nd - e\n-f", "list items", Math.log(4)],
    ["```\nx\n```", "fenced code", 1],
    ["`x`", "fenced code", 0],
    ["see http://a.b", "links", 1],
    ["see httpx://a.b", "links", 0],
  ] as const
) {
  test(`of ${JSON.stringify(text.slice(0, 30))} the sign "${name}" is ${expected.toFixed(3)}`, () => {
    near(sign(text, name), expected);
  });
}

for (const text of ["", " ", "\n", "🙂", "?!", "\ud800", "0"]) {
  test(`the signs of ${JSON.stringify(text)} are numbers`, () => {
    assert.ok(signsOf(text).every(Number.isFinite));
  });
}

test("each sign has a name of its own, and a place", () => {
  assert.equal(new Set(SIGN_NAMES).size, SIGN_NAMES.length);
  assert.equal(signsOf("x").length, SIGN_NAMES.length);
});

test("shares lie between 0 and 1 whatever the text", () => {
  const shares = ["digits", "capitals", "letters beyond ASCII", "ideographs", "code marks", "maths marks"];
  for (const text of ["1234", "ABCD", "ÄÖ", "漢字", "{{}}", "===="]) {
    for (const name of shares) assert.ok(sign(text, name) >= 0 && sign(text, name) <= 1, `${name} of ${text}`);
  }
});

test("the time grows with the length, not with its square", () => {
  const timed = (text: string) => {
    const started = performance.now();
    signsOf(text);
    return performance.now() - started;
  };
  timed("- a? ".repeat(1000));
  // Whatever makes a pattern look back: spaces, quotes, list marks.
  for (const piece of [" ", '?"', "- ", "1) ", "\t", "```"]) {
    const text = piece.repeat(200_000);
    assert.ok(timed(text) < 1000, `${JSON.stringify(piece)}: too slow for ${text.length} characters`);
  }
});
