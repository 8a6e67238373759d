/** A setting's value as a complaint may show it: what may be secret is not shown. */
export function shown(variable: string, value: string | undefined): string {
  if (value === undefined) return "an absent value";
  if (isSecret(variable)) return "the value (not shown)";
  const text = withoutSecrets(value);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A variable whose whole value may be secret. */
export function isSecret(variable: string): boolean {
  return /KEY|HEADERS|EXTRA_BODY|TOKEN|SECRET/.test(variable);
}

/** An address may hold a password before the last "@", and a key in the query. */
export function withoutSecrets(value: string): string {
  const [from, to] = [value.indexOf("//"), value.lastIndexOf("@")];
  const open = from >= 0 && to > from ? `${value.slice(0, from)}//***${value.slice(to)}` : value;
  return open.replace(/\?.*/s, "?***");
}
