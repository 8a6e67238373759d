import type { Classifier } from "../classifier/classifier.ts";

/** Texts of every kind that the static head reads differently: short, long, with numbers, with code, not Latin. */
const TEXTS = [
  "hello there",
  "What is 17 * 23, and why?",
  "Напиши письмо соседу, пожалуйста",
  "请把这句话翻译成英文",
  "function add(a, b) {\n  return a + b;\n}\n\nTypeError: a is undefined. What does that mean?",
  `Please look at the list below, and tell me in your own words what I should do first. ${
    "- one more point to think of, item 42\n".repeat(20)
  }`,
];
/** So often an engine must have seen a function before it compiles it for good. */
const ROUNDS = 60;

/**
 * Judges some texts for nothing once the classifier is up, in small steps, so that the engine has compiled the way
 * before the first prompts come: they would take twice the time otherwise. Ends by itself, also when a step fails.
 */
export async function warmUp({ deepReady, quickly }: Pick<Classifier, "deepReady" | "quickly">): Promise<void> {
  await deepReady;
  for (let round = 0; round < ROUNDS; round++) {
    for (const text of TEXTS) await quickly(text);
    // Requests come first.
    await new Promise((go) => setTimeout(go, 1));
  }
}
