import { isObject, type JsonObject } from "../json.ts";

const KEPT = new Set([
  "type",
  "properties",
  "required",
  "enum",
  "const",
  "items",
  "anyOf",
  "allOf",
  "$ref",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
]);
const FORMATS = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]);
const MAPS = new Set(["properties", "$defs", "definitions"]);
const LISTS = new Set(["anyOf", "allOf"]);

/** Anthropic's documented cap is 24; its own SDK for the web stops here. */
const MAX_OPTIONAL = 10;
const MAX_DEPTH = 60;
/** Levels that references are followed for; no schema that is meant for a model is deeper. */
const MAX_REACH = 500;

/**
 * A JSON schema as Anthropic's structured output takes it: objects closed, `oneOf` as `anyOf`, limits told in words.
 * Undefined: it cannot take this one (recursive, open objects, too many optional fields).
 */
export function nativeSchema(schema: JsonObject): JsonObject | undefined {
  let fits = true;
  let optional = 0;
  const clean = (value: unknown, depth: number): unknown => {
    if (!isObject(value)) return value;
    if (depth > MAX_DEPTH) {
      fits = false;
      return {};
    }
    const result: JsonObject = {};
    const told: string[] = [];
    for (const [key, inner] of Object.entries(value)) {
      if (MAPS.has(key) && isObject(inner)) result[key] = mapped(inner, (one) => clean(one, depth + 1));
      else if ((LISTS.has(key) || key === "oneOf") && Array.isArray(inner)) {
        result[key === "oneOf" ? "anyOf" : key] = inner.map((one) => clean(one, depth + 1));
      } else if (key === "items") result.items = clean(inner, depth + 1);
      else if (key === "format" && FORMATS.has(String(inner)) || KEPT.has(key)) result[key] = inner;
      else if (key !== "additionalProperties" && key !== "$schema") told.push(`${key}: ${text(inner)}`);
    }
    if (told.length > 0) {
      result.description = [value.description, ...told].filter((part) => part !== undefined).join("; ");
    }
    if (isObjectSchema(value)) {
      const names = Object.keys(isObject(value.properties) ? value.properties : {});
      if (names.length === 0 || value.additionalProperties === true || isObject(value.additionalProperties)) {
        fits = false;
      }
      const required = Array.isArray(value.required) ? value.required : [];
      optional += names.filter((name) => !required.includes(name)).length;
      result.additionalProperties = false;
    }
    return result;
  };
  const cleaned = clean(schema, 0);
  return fits && optional <= MAX_OPTIONAL && isObject(cleaned) && !recursive(schema) ? cleaned : undefined;
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  return type === "object" || Array.isArray(type) && type.includes("object") || isObject(properties);
}

/** Does following references from any definition, or from the root, lead back to where it began? */
function recursive(schema: JsonObject): boolean {
  const definitions = {
    ...(isObject(schema.$defs) ? schema.$defs : {}),
    ...(isObject(schema.definitions) ? schema.definitions : {}),
  };
  const open = new Set<string>();
  // Definitions that lead nowhere back: each is followed once, however many others name it.
  const harmless = new Set<string>();
  const leads = (value: unknown, depth: number): boolean => {
    if (depth > MAX_REACH) return true;
    if (Array.isArray(value)) return value.some((one) => leads(one, depth + 1));
    if (!isObject(value)) return false;
    return Object.entries(value).some(([key, inner]) => {
      if (key !== "$ref" || typeof inner !== "string") {
        return key !== "$defs" && key !== "definitions" && leads(inner, depth + 1);
      }
      const name = inner.split("/").at(-1) ?? "";
      if (harmless.has(name)) return false;
      // A reference to the root or to some other part of the schema most likely leads back.
      if (open.has(name) || !Object.hasOwn(definitions, name)) return true;
      open.add(name);
      if (leads(definitions[name], depth + 1)) return true;
      open.delete(name);
      harmless.add(name);
      return false;
    });
  };
  return leads(schema, 0);
}

function mapped(value: JsonObject, change: (one: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
