import assert from "node:assert/strict";
import { test } from "node:test";
import { isFollowUp } from "../../src/routing/followup.ts";

const FOLLOW_UPS = [
  ...[
    "yes",
    "Yes, please go on.",
    "continue",
    "fix it",
    "ok do that",
    "again",
    "👍",
    "...",
    "no, try again",
    "go ahead",
  ],
  ...["and in Python?", "what about Rust?", "as a table", "in French", "without the second point"],
  ...[
    "sí, hazlo",
    "¿y en francés?",
    "sim, continua",
    "oui, vas-y",
    "et en Python ?",
    "ja, mach weiter",
    "nochmal bitte",
  ],
  ...["va bene, continua", "ja, ga door", "tak, kontynuuj", "да, продолжай", "так, продовжуй", "evet, devam et"],
  ...[
    "ya, lanjutkan",
    "tiếp tục đi",
    "نعم أكمل",
    "हाँ जारी रखो",
    "继续",
    "好的,继续吧",
    "続けてください",
    "계속해줘",
    "ทำต่อเลย",
  ],
];
const ASKS = [
  ...["thanks!", "thank you very much", "gracias", "谢谢", "ありがとうございます", "감사합니다"],
  ...["Hello", "What is the capital of Italy?", "Explain DNS", "prove it for n = 5 by induction", "yesterday was hard"],
  ...[
    "continue the fractions lesson with an exercise on decimals",
    "and then I told him that the offer was off the table",
  ],
  ...[
    "Erkläre mir das Wetter",
    "¿Cuál es la capital de Chile?",
    "继续教育是什么意思",
    "続きのあるミステリー小説を書いて",
    "",
  ],
  "fix it\n\nTraceback (most recent call last)",
];

for (const turn of FOLLOW_UPS) test(`"${turn}" says nothing alone`, () => assert.equal(isFollowUp(turn), true));
for (const turn of ASKS) test(`"${turn}" speaks for itself`, () => assert.equal(isFollowUp(turn), false));

// Each of these took longer than anybody waits, when regular expressions looked for phrases.
for (const turn of [`${"嗯".repeat(100)}x`, `${"それでお願いします".repeat(12)}x`, `${"是的对的".repeat(28)}x`]) {
  test(`a turn that is nearly made of phrases is judged at once: ${turn.slice(0, 8)}…`, () => {
    assert.equal(isFollowUp(turn), false);
  });
}

for (
  const turn of [
    "嗯嗯嗯",
    "好的，继续吧！",
    "はい、お願いします",
    "네, 계속해주세요.",
    "ใช่ ทำต่อเลยครับ",
    "可以吧吧",
    "それで。",
  ]
) {
  test(`"${turn}" is made of phrases and endings`, () => assert.equal(isFollowUp(turn), true));
}

for (const turn of ["吧", "ですね", "继续x", "x继续", "吧继续"]) {
  test(`"${turn}" is not made of phrases`, () => assert.equal(isFollowUp(turn), false));
}
