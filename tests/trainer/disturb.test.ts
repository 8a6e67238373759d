import assert from "node:assert/strict";
import { test } from "node:test";
import { DISTURBANCES } from "../../src/trainer/disturb.ts";

const text = "Why, after all, does the Moon's shadow race across the Earth? Explain it.";

for (const [name, disturb] of Object.entries(DISTURBANCES)) {
  test(`"${name}" changes how it is asked, not what, and always alike`, () => {
    const asked = disturb(text);
    assert.notEqual(asked, text);
    assert.equal(asked, disturb(text));
    const words = new Set(asked.toLowerCase().match(/\p{L}+/gu));
    const kept = (text.toLowerCase().match(/\p{L}{3,}/gu) ?? []).filter((word) => words.has(word));
    assert.ok(kept.length >= 7, asked);
    for (const odd of ["", "a", "数学", "\ud800"]) assert.equal(typeof disturb(odd), "string");
  });
}
