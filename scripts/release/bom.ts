import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { closure, manifestOf, type Package } from "../packages.ts";
import { BUN_VERSION, type ReleaseTarget } from "./targets.ts";

interface Component {
  "type": "application" | "library" | "platform" | "machine-learning-model";
  "bom-ref": string;
  name: string;
  version: string;
  description?: string;
  licenses?: ({ license: { id: string } } | { expression: string })[];
  hashes?: { alg: "SHA-256" | "SHA-512"; content: string }[];
  purl?: string;
  components?: { type: "file"; "bom-ref": string; name: string; hashes: { alg: "SHA-256"; content: string }[] }[];
}

/**
 * What a release is made of, as CycloneDX 1.6: the shipped packages with the hashes of the lock file, the runtimes, the
 * model. It holds no time and no chance: the same sources give the same text.
 */
export function billOfMaterials(targets: readonly ReleaseTarget[], root = "."): string {
  const { name = "", version = "", dependencies = {} } = manifestOf(root);
  const packages = closure(Object.keys(dependencies), root);
  const hashes = hashesIn(readFileSync(`${root}/bun.lock`, "utf8"));
  const refs = new Map(packages.map((one) => [one.folder, purlOf(one.name, one.version)]));
  // A package of one version may lie in two folders: it is one part.
  const parts = [...new Map(packages.map((one) => [refs.get(one.folder), one])).values()];
  const libraries = parts.map((one): Component => ({
    "type": "library",
    "bom-ref": purlOf(one.name, one.version),
    name: one.name,
    version: one.version,
    ...licensesOf(one),
    ...hashOf(hashes.get(`${one.name}@${one.version}`)),
    purl: purlOf(one.name, one.version),
  }));
  const runtimes = targets.map((target): Component => ({
    "type": "platform",
    "bom-ref": `bun-${target.name}`,
    name: "bun",
    version: BUN_VERSION,
    description: `The runtime within the executable for ${target.name}`,
    licenses: [{ license: { id: "MIT" } }],
    hashes: [{ alg: "SHA-256", content: target.sha256 }],
    purl: purlOf(target.package, BUN_VERSION),
  }));
  const model = modelIn(`${root}/models`);
  const own = { "type": "application", "bom-ref": name, name, version } as const;
  const direct = packages.filter((one) => one.name in dependencies).map(({ folder }) => refs.get(folder) ?? "");
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...own, licenses: [{ license: { id: "MIT" } }] } },
    components: [...libraries, ...runtimes, model],
    dependencies: [
      { ref: name, dependsOn: [...direct, ...runtimes.map((one) => one["bom-ref"]), model["bom-ref"]] },
      ...parts.map(({ folder, needs }) => ({
        ref: refs.get(folder),
        dependsOn: [...new Set(needs.map((need) => refs.get(need)))],
      })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bom))}`;
  return `${JSON.stringify({ ...bom, serialNumber }, null, 2)}\n`;
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function licensesOf({ license }: Package): Pick<Component, "licenses"> {
  if (license === "") return {};
  return { licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }] };
}

/** The lock file's `sha512-…` in base64 → hexadecimal. */
function hashOf(integrity: string | undefined): Pick<Component, "hashes"> {
  if (!integrity?.startsWith("sha512-")) return {};
  return { hashes: [{ alg: "SHA-512", content: Buffer.from(integrity.slice(7), "base64").toString("hex") }] };
}

/** bun.lock → `name@version` to integrity. It is JSON with commas before closing brackets. */
export function hashesIn(lock: string): Map<string, string> {
  const { packages }: { packages: Record<string, unknown[]> } = JSON.parse(lock.replace(/,(\s*[}\]])/g, "$1"));
  return new Map(
    Object.values(packages).map((entry) => {
      const aliased = String(entry[0]).replace(/^(@?[^@]+)@npm:/, "");
      return [aliased, String(entry.at(-1))];
    }),
  );
}

function modelIn(folder: string): Component {
  const files = ["embed.safetensors", "encoder.onnx", "kernel.wasm", "tokenizer.json", "head.json"];
  return {
    "type": "machine-learning-model",
    "bom-ref": "all-MiniLM-L6-v2",
    name: "all-MiniLM-L6-v2",
    version: "2",
    description: "Changed as models/README.md says; head.json is the project's own",
    licenses: [{ license: { id: "Apache-2.0" } }],
    components: files.map((name) => {
      const content = createHash("sha256").update(readFileSync(`${folder}/${name}`)).digest("hex");
      return { "type": "file", "bom-ref": `models/${name}`, name, hashes: [{ alg: "SHA-256", content }] };
    }),
  };
}

/** A UUID (version 8: of one's own making) that says what the text says. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
