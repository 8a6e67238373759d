// The house's walls as rules of `deno lint`: who may import whom, and where a runtime may be named.

/** Who may import whom: a part and the parts that it may know. Itself always; a leaf knows nothing of ours. */
const PARTS: Readonly<Record<string, readonly string[] | "any">> = {
  main: ["start", "commands", "#host"],
  start: "any",
  app: ["http", "dashboard", "errors"],
  commands: [
    "start",
    "config",
    "errors",
    "setting",
    "version",
    "classifier",
    "trainer",
    "store",
    "routing",
    "providers",
    "protocols",
    "ledger",
    "limits",
    "runtime",
    "log",
  ],
  http: [
    "routing",
    "providers",
    "protocols",
    "classifier",
    "trainer",
    "store",
    "ledger",
    "limits",
    "traces",
    "history",
    "dashboard",
    "sse",
    "errors",
    "log",
    "setting",
  ],
  config: ["errors", "settings"],
  routing: ["classifier", "providers", "protocols", "errors", "setting"],
  state: ["limits", "providers", "routing", "classifier", "store", "errors", "log", "setting"],
  traces: ["ledger", "protocols", "setting"],
  limits: ["errors", "runtime", "setting"],
  ledger: ["routing", "providers", "protocols", "errors", "runtime", "log", "setting"],
  // What the page reads, it reads from one table of shapes and one sum, whichever side made them.
  history: ["ledger", "dashboard", "runtime", "setting"],
  providers: ["protocols", "sse", "errors", "log", "setting"],
  store: ["classifier", "trainer", "errors", "runtime", "setting"],
  trainer: ["classifier", "errors"],
  protocols: ["sse", "errors"],
  classifier: ["errors", "setting"],
  runtime: [],
  errors: [],
  sse: [],
  log: [],
  setting: [],
  version: [],
  dashboard: [],
};

/** What only `src/runtime` may say. */
const RUNTIME_NAMES = new Set(["Bun", "Deno", "process", "Buffer", "require", "__dirname"]);

interface Place {
  /** The first folder below `src`, or the file's own name there. */
  part: string;
  /** Below `src`, without an ending. */
  path: string;
}

/** Where a file stands; undefined outside `src`. */
function placeOf(filename: string): Place | undefined {
  const [, path] = /(?:^|[/\\])src[/\\](.+)\.[jt]sx?$/.exec(filename.replaceAll("\\", "/")) ?? [];
  return path === undefined ? undefined : { part: path.split("/")[0] ?? "", path };
}

/** Why a file may not import this; undefined: it may. */
function wallBetween(from: Place, specifier: string): string | undefined {
  if (specifier.startsWith("node:") || specifier === "bun" || specifier.startsWith("bun:")) {
    return from.part === "runtime" ? undefined : `only src/runtime may import "${specifier}"`;
  }
  const allowed = PARTS[from.part];
  if (allowed === undefined) return `"${from.part}" has no row in scripts/lint-house.ts: say what it may import`;
  if (specifier === "#host") return from.part === "main" ? undefined : 'only main.ts may import "#host"';
  if (!specifier.startsWith(".")) return undefined;
  const target = new URL(specifier, `file:///src/${from.path}.ts`).pathname;
  if (!target.startsWith("/src/")) return undefined;
  const to = placeOf(target);
  if (!to || to.part === from.part || allowed === "any") return undefined;
  if (from.part === "config" && to.path.endsWith("/settings")) return undefined;
  return allowed.includes(to.part) ? undefined : `"${from.part}" may not import from "${to.part}"`;
}

function imports(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = placeOf(context.filename);
  if (!from) return {};
  const check = (node: Deno.lint.Node, source: Deno.lint.Node | null) => {
    if (source?.type !== "Literal" || typeof source.value !== "string") return;
    const message = wallBetween(from, source.value);
    if (message) context.report({ node, message });
  };
  return {
    ImportDeclaration: (node) => check(node, node.source),
    ImportExpression: (node) => check(node, node.source),
    ExportNamedDeclaration: (node) => check(node, node.source),
    ExportAllDeclaration: (node) => check(node, node.source),
  };
}

function runtimeNames(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = placeOf(context.filename);
  if (!from || from.part === "runtime") return {};
  return {
    Identifier(node) {
      const parent = node.parent;
      const isProperty = (parent.type === "MemberExpression" && parent.property === node && !parent.computed) ||
        (parent.type === "Property" && parent.key === node && !parent.shorthand);
      if (!RUNTIME_NAMES.has(node.name) || isProperty) return;
      context.report({ node, message: `only src/runtime may say "${node.name}"` });
    },
  };
}

function shapes(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  if (!placeOf(context.filename)) return {};
  return {
    ExportDefaultDeclaration: (node) => context.report({ node, message: "exports have names here" }),
    TSEnumDeclaration: (node) =>
      context.report({ node, message: "use a list of words and their union instead of an enum" }),
  };
}

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    walls: { create: imports },
    runtime: { create: runtimeNames },
    shapes: { create: shapes },
  },
};

export default plugin;
