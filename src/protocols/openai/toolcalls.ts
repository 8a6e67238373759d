import { isObject, type JsonObject, objectsIn } from "../json.ts";

/** Gives the fragments of a choice's tool calls their places, ids and names: each once, in order. */
export interface ToolCalls {
  /** The fragments as a strict client wants them. */
  clean(fragments: unknown): JsonObject[];
  /** Fragments that complete the calls that never said their arguments: clients parse them as JSON. */
  complete(): JsonObject[];
  readonly seen: boolean;
}

interface Call {
  index: number;
  id: string;
  name: string | undefined;
  /** It is a function's, and has no arguments yet. */
  mute: boolean;
}

export function createToolCalls(newCallId: () => string): ToolCalls {
  const calls: Call[] = [];
  const byIndex = new Map<number, Call>();
  const callOf = ({ index, id, function: said }: JsonObject): Call | undefined => {
    const name = nameIn(said);
    const known = idIn(id) === undefined ? undefined : calls.find((call) => call.id === id);
    if (known) return known;
    const there = typeof index === "number" ? byIndex.get(index) : undefined;
    // Gemini numbers each of its calls 0: a name that comes with another id, or that is another one, opens a call.
    if (there) {
      return name !== undefined && (idIn(id) !== undefined || name !== (there.name ?? name)) ? undefined : there;
    }
    return typeof index === "number" || idIn(id) !== undefined || name !== undefined ? undefined : calls.at(-1);
  };
  const open = ({ index, id }: JsonObject): Call => {
    const call = { index: calls.length, id: idIn(id) ?? newCallId(), name: undefined, mute: false };
    calls.push(call);
    if (typeof index === "number") byIndex.set(index, call);
    return call;
  };
  const cleanOne = (fragment: JsonObject): JsonObject => {
    const { index: _, id: __, type, function: said, ...rest } = fragment;
    const known = callOf(fragment);
    const call = known ?? open(fragment);
    const opening = known ? {} : { id: call.id, type: typeof type === "string" && type !== "" ? type : "function" };
    // Free-text tools have no function: their fields are passed on as they are.
    if (!isObject(said)) return { index: call.index, ...opening, ...rest };
    const { name: _name, arguments: given, ...more } = said;
    const name = call.name === undefined ? nameIn(said) : undefined;
    const text = argumentsText(given);
    call.name ??= name;
    call.mute = text === "" && (!known || call.mute);
    const called = { ...more, ...(name === undefined ? {} : { name }), arguments: text };
    return { index: call.index, ...opening, function: called, ...rest };
  };
  return {
    clean: (fragments) => objectsIn(fragments).map(cleanOne),
    complete: () =>
      calls.filter(({ mute }) => mute).map((call) => {
        call.mute = false;
        return { index: call.index, function: { arguments: "{}" } };
      }),
    get seen() {
      return calls.length > 0;
    },
  };
}

function idIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function nameIn(value: unknown): string | undefined {
  return isObject(value) ? idIn(value.name) : undefined;
}

/** Arguments travel as JSON text; some vendors send the object itself. */
export function argumentsText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
