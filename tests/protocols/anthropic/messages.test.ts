import assert from "node:assert/strict";
import { test } from "node:test";
import { calling, conversation, type Json, refused, resultOf, USER, wireOf } from "./given.ts";

const text = (value: string) => ({ type: "text", text: value });
const use = (id: string, input: Json = {}) => ({ type: "tool_use", id, name: "w", input });
const result = (id: string, more: Json = {}) => ({ type: "tool_result", tool_use_id: id, ...more });
const user = (...content: Json[]) => ({ role: "user", content });
const assistant = (...content: Json[]) => ({ role: "assistant", content });
const said = (content: Json) => ({ role: "user", content });
const part = (value: string) => ({ type: "text", text: value });
const CACHED = { cache_control: { type: "ephemeral" } };
const DOT = user(text("."));

/** Messages, and the turns that they become. */
const TURNS: [what: string, messages: Json[], turns: Json[]][] = [
  ["a text is one block", [said("a")], [user(text("a"))]],
  ["text parts are a block each", [said([part("a"), part("b")])], [user(text("a"), text("b"))]],
  ["blank parts are left out", [said([part(""), part(" \n"), part("b")])], [user(text("b"))]],
  ["a message of blanks is left out", [said("a"), said("  "), said([part("")])], [user(text("a"))]],
  ["neighbours of one role are one turn", [said("a"), said("b")], [user(text("a"), text("b"))]],
  [
    "a system message between them parts no neighbours",
    [said("a"), { role: "system", content: "s" }, said("b")],
    [user(text("a"), text("b"))],
  ],
  ["an assistant that begins gets a user before it", [{ role: "assistant", content: "a" }], [
    DOT,
    assistant(text("a")),
  ]],
  ["only system messages get a user", [{ role: "system", content: "s" }], [DOT]],
  ["only blanks get a user", [said("")], [DOT]],
  [
    "the white space at the end of a prefill is cut, and only there",
    [USER, { role: "assistant", content: " a \n" }, USER, { role: "assistant", content: " b \n" }],
    [user(text("x")), assistant(text(" a \n")), user(text("x")), assistant(text(" b"))],
  ],
  [
    "an assistant without words is left out",
    [USER, { role: "assistant", content: null }, USER],
    [user(text("x"), text("x"))],
  ],
  [
    "a refusal is text, as a part or as a field",
    [USER, { role: "assistant", content: [{ type: "refusal", refusal: "no" }] }, USER, {
      role: "assistant",
      content: null,
      refusal: "never",
    }],
    [user(text("x")), assistant(text("no")), user(text("x")), assistant(text("never"))],
  ],
  [
    "calls come after the text",
    [USER, calling("c1", { content: "ok" }), resultOf()],
    [user(text("x")), assistant(text("ok"), use("c1")), user(result("c1", { content: "1" }))],
  ],
  [
    "results that stand together are one turn, and come before the words that follow",
    [USER, calling("c1"), calling("c2"), resultOf("c1"), resultOf("c2"), said("and?")],
    [
      user(text("x")),
      assistant(use("c1"), use("c2")),
      user(result("c1", { content: "1" }), result("c2", { content: "1" }), text("and?")),
    ],
  ],
  [
    "results come first even when words came before them",
    [USER, calling("c1"), said("wait"), resultOf("c1")],
    [user(text("x")), assistant(use("c1")), user(result("c1", { content: "1" }), text("wait"))],
  ],
  ...["", "  \n", null, [], [part(" ")]].map((content): [string, Json[], Json[]] => [
    `a result of ${JSON.stringify(content)} has no content`,
    [USER, calling(), resultOf("c1", content)],
    [user(text("x")), assistant(use("c1")), user(result("c1"))],
  ]),
  [
    "a result holds text and images",
    [USER, calling(), resultOf("c1", [part("a"), { type: "image_url", image_url: { url: "https://a.b/c" } }])],
    [
      user(text("x")),
      assistant(use("c1")),
      user(result("c1", { content: [text("a"), { type: "image", source: { type: "url", url: "https://a.b/c" } }] })),
    ],
  ],
  [
    "the old form of a call and its result go by the function's name",
    [USER, { role: "assistant", content: null, function_call: { name: "w", arguments: '{"a":1}' } }, {
      role: "function",
      name: "w",
      content: "1",
    }],
    [user(text("x")), assistant(use("call_w", { a: 1 })), user(result("call_w", { content: "1" }))],
  ],
  [
    "a past call of a free-text tool keeps its name and its text",
    [USER, { role: "assistant", tool_calls: [{ id: "c1", type: "custom", custom: { name: "w", input: "go" } }] }],
    [user(text("x")), assistant(use("c1", { raw_arguments: "go" }))],
  ],
  [
    "marks for the prompt cache stay on text, images and results",
    [said([{ ...part("a"), ...CACHED }, { type: "image_url", image_url: "https://a.b/c", ...CACHED }]), calling(), {
      ...resultOf(),
      ...CACHED,
    }],
    [
      user({ ...text("a"), ...CACHED }, { type: "image", source: { type: "url", url: "https://a.b/c" }, ...CACHED }),
      assistant(use("c1")),
      user(result("c1", { content: "1", ...CACHED })),
    ],
  ],
];

for (const [what, messages, turns] of TURNS) {
  test(`messages: ${what}`, () => assert.deepEqual(conversation(messages).turns, turns));
}

for (
  const [given, input] of [
    ['{"a":1}', { a: 1 }],
    ["{}", {}],
    ["", {}],
    [" ", {}],
    [undefined, {}],
    [null, {}],
    [{ a: 1 }, { a: 1 }],
    ["{oops", { raw_arguments: "{oops" }],
    ["[1]", { raw_arguments: "[1]" }],
    ["null", { raw_arguments: "null" }],
  ]
) {
  test(`messages: past arguments ${JSON.stringify(given)} are the input ${JSON.stringify(input)}`, () => {
    const call = { id: "c1", type: "function", function: { name: "w", arguments: given } };
    const { turns } = conversation([USER, { role: "assistant", tool_calls: [call] }, resultOf()]);
    assert.deepEqual(turns[1].content, [use("c1", input)]);
  });
}

const THOUGHT = { type: "thinking", thinking: "hm", signature: "c2ln" };
const SILENT = { type: "thinking", thinking: "", signature: "c2ln" };
const HIDDEN = { type: "redacted_thinking", data: "ZGF0YQ==" };

for (
  const [what, fields, blocks] of [
    ["signed thinking", { thinking_blocks: [THOUGHT, HIDDEN] }, [THOUGHT, HIDDEN]],
    ["signed thinking without words", { thinking_blocks: [SILENT] }, [SILENT]],
    ["thinking without a signature", { thinking_blocks: [{ type: "thinking", thinking: "hm" }, HIDDEN] }, [HIDDEN]],
    ["an empty signature", { thinking_blocks: [{ ...THOUGHT, signature: "" }] }, []],
    [
      "OpenRouter's details",
      {
        reasoning_details: [
          { type: "reasoning.text", text: "hm", signature: "c2ln" },
          { type: "reasoning.text", text: "unsigned" },
          { type: "reasoning.encrypted", data: "ZGF0YQ==" },
        ],
      },
      [THOUGHT, HIDDEN],
    ],
    ["reasoning alone", { reasoning_content: "hm" }, []],
  ] as const
) {
  test(`messages: ${what} goes back as ${JSON.stringify(blocks)}, first in its turn`, () => {
    const { turns } = conversation([USER, calling("c1", { content: "ok", ...fields }), resultOf()]);
    assert.deepEqual(turns[1].content, [...blocks, text("ok"), use("c1")]);
  });
}

for (
  const [what, messages, system] of [
    ["none", [USER], undefined],
    ["system and developer, wherever they stand", [
      { role: "system", content: "a" },
      USER,
      { role: "developer", content: [part("b"), part("c")] },
    ], "a\nb\nc"],
    ["blanks", [{ role: "system", content: " " }, USER], undefined],
    ["a part with a mark for the cache", [
      { role: "system", content: "a" },
      { role: "system", content: [{ ...part("b"), ...CACHED }] },
      USER,
    ], [text("a"), { ...text("b"), ...CACHED }]],
  ] as [string, Json[], Json][]
) {
  test(`messages: the system prompt of ${what} is ${JSON.stringify(system)}`, () => {
    assert.deepEqual(conversation(messages).system, system);
  });
}

test("messages: what is left out of them is named", () => {
  const messages = [
    { ...USER, name: "Ann" },
    { role: "assistant", content: "a", reasoning_content: "hm" },
    said([{ type: "image_url", image_url: { url: "https://a.b/c", detail: "low" } }]),
  ];
  assert.deepEqual(wireOf({ messages }).dropped, [
    "messages.content.image_url.detail",
    "messages.name",
    "messages.reasoning_content",
  ]);
});

test("messages: sound and unknown parts are refused, not dropped", () => {
  const sound = { type: "input_audio", input_audio: { data: "", format: "wav" } };
  refused({ messages: [USER, said([part("a"), sound])] }, "messages[1].content[1]");
  refused({ messages: [said([{ type: "video" }])] }, "messages[0].content[0]");
});
