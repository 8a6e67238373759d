import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import process from "node:process";
import { pythonClient } from "../support/python.ts";
import { type Running, startRouter } from "../support/subject.ts";

const { command, skip } = pythonClient();

const PROGRAM = `
import os
from openai import OpenAI, BadRequestError
client = OpenAI(base_url=os.environ["BASE"], api_key="any", max_retries=0)
ask = dict(messages=[{"role": "user", "content": "Hello"}])
whole = client.chat.completions.create(model="auto", **ask)
print(whole.choices[0].message.content.splitlines()[0])
words = client.chat.completions.create(model="simple", stream=True, **ask)
print("".join(chunk.choices[0].delta.content or "" for chunk in words).splitlines()[0])
try:
    client.chat.completions.create(model="gpt-99", **ask)
except BadRequestError as error:
    print(error.code)
`;

let router: Running;
before(async () => void (!skip && (router = await startRouter())));
after(() => skip ? undefined : router.stop());

test(
  "the Python client gets whole replies, streams and errors (needs Python with the package openai)",
  { skip },
  async () => {
    const { PATH = "" } = process.env;
    const child = spawn(command, ["-c", PROGRAM], { env: { PATH, BASE: `${router.url}/v1` } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output += text);
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(output, "You asked: Hello\nYou asked: Hello\nmodel_not_found\n");
    assert.equal(code, 0);
  },
);
