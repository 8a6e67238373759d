/// <reference lib="dom" />
import { useState } from "preact/hooks";
import type { Live } from "./live.ts";
import { Trouble } from "./parts.tsx";

export function SignIn({ live }: { live: Live }) {
  const [key, setKey] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (key.trim() !== "") live.useKey(key.trim());
  };
  return (
    <form class="card signin" onSubmit={submit}>
      <h1>This router has a key</h1>
      <p class="note">One of those in API_KEY. It stays in this tab, and goes nowhere but to this router.</p>
      <Trouble text={live.hasKey ? "The router does not know this key" : ""} />
      <label for="key">Key</label>
      <input
        id="key"
        type="password"
        autocomplete="current-password"
        spellcheck={false}
        autofocus
        value={key}
        onInput={(event) => setKey(event.currentTarget.value)}
      />
      <button type="submit" class="main">Open the dashboard</button>
    </form>
  );
}
