import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "dotenv";
import { dotenvOf } from "../../../src/commands/init/dotenv.ts";
import { fc } from "../../support/properties.ts";

const NOTHING = { models: new Map(), accounts: {}, access: {} };

test("whatever a key holds on its line, it comes back from the file", () => {
  const value = fc.string({ minLength: 1 }).filter((text) => !/[\r\n\\]/.test(text) && text.trim() === text);
  fc.assert(
    fc.property(value, (text) => {
      fc.pre(!["'", "`", '"'].every((quote) => text.includes(quote)));
      assert.equal(parse(dotenvOf({ ...NOTHING, accounts: { OPENAI_API_KEY: text } }, {})).OPENAI_API_KEY, text);
    }),
  );
});

test("a value that no quotes can hold is an error that does not show it", () => {
  assert.throws(
    () => dotenvOf({ ...NOTHING, accounts: { OPENAI_API_KEY: "a'b`c\"d" } }, {}),
    (error: Error) => /all kinds of quotes/.test(error.message) && !error.message.includes("a'b"),
  );
});

test("a model is split at the first slash, a tier's hyphen is an underscore, and old fields of the tier go", () => {
  const models = new Map([["very-small", "openrouter/openai/gpt-4o"]]);
  const before = { VERY_SMALL_FALLBACKS: "x/y", VERY_SMALL_MODEL: "old", TIMEOUT: "9", HOST: "::" };
  assert.deepEqual(parse(dotenvOf({ ...NOTHING, models, access: { HOST: "127.0.0.1" } }, before)), {
    HOST: "127.0.0.1",
    VERY_SMALL_PROVIDER: "openrouter",
    VERY_SMALL_MODEL: "openai/gpt-4o",
    TIMEOUT: "9",
  });
});
