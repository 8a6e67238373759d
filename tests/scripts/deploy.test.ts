import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseAllDocuments } from "yaml";
import { VERSION } from "../../src/version.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

// deno-lint-ignore no-explicit-any -- manifests are looked into freely
const manifests: any[] = parseAllDocuments(read("scripts/deploy/kubernetes.yaml"), { uniqueKeys: true }).map(
  (document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  },
);
const of = (kind: string) => manifests.find((one) => one.kind === kind);
const ajv = new Ajv2020({
  strict: false,
  schemas: [{ ...JSON.parse(read("tests/fixtures/schemas/kubernetes.json")), $id: "k8s" }],
});

const KINDS = [
  "ServiceAccount",
  "Deployment",
  "Service",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "NetworkPolicy",
];

test("the manifests are these", () => assert.deepEqual(manifests.map(({ kind }) => kind), KINDS));

for (const kind of KINDS) {
  test(`the ${kind} is valid by Kubernetes' own schema`, () => {
    const valid = ajv.compile({ $ref: `k8s#/$defs/${kind}` });
    assert.ok(valid(of(kind)), JSON.stringify(valid.errors));
  });
}

test("the schema refuses what Kubernetes does not know", () => {
  const valid = ajv.compile({ $ref: "k8s#/$defs/Deployment" });
  const changed = (change: (container: Record<string, unknown>) => void) => {
    const copy = structuredClone(of("Deployment"));
    change(copy.spec.template.spec.containers[0]);
    return valid(copy);
  };
  assert.equal(changed((container) => container.readynessProbe = {}), false);
  assert.equal(changed((container) => container.ports = [{ containerPort: "4000" }]), false);
  assert.equal(changed((container) => delete container.name), false);
  assert.equal(changed((container) => container.resources = { limits: { memory: "1 GB" } }), false);
});

test("the pod runs without rights, without a way to them, and writes nowhere but to its data", () => {
  const { spec } = of("Deployment").spec.template;
  const [container] = spec.containers;
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.ok(spec.securityContext.runAsUser > 0);
  assert.deepEqual(spec.securityContext.seccompProfile, { type: "RuntimeDefault" });
  assert.equal(spec.automountServiceAccountToken, false);
  assert.deepEqual(container.volumeMounts.map((mount: { mountPath: string }) => mount.mountPath), ["/data"]);
  assert.equal(container.env.find((one: { name: string }) => one.name === "DATA_DIR").value, "/data");
});

test("each probe asks a path that needs no key and answers what the probe is for", () => {
  const [container] = of("Deployment").spec.template.spec.containers;
  const paths = ["startupProbe", "readinessProbe", "livenessProbe"].map((name) => container[name].httpGet.path);
  assert.deepEqual(paths, ["/live", "/ready", "/live"]);
});

test("all manifests mean the same pods, the same port and this version", () => {
  const labels = { "app.kubernetes.io/name": "virtusoul-router" };
  const { spec } = of("Deployment");
  for (
    const selector of [
      spec.selector.matchLabels,
      spec.template.metadata.labels,
      of("Service").spec.selector,
      of("PodDisruptionBudget").spec.selector.matchLabels,
      of("NetworkPolicy").spec.podSelector.matchLabels,
    ]
  ) assert.deepEqual(selector, labels);
  assert.deepEqual(of("HorizontalPodAutoscaler").spec.scaleTargetRef, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: of("Deployment").metadata.name,
  });
  assert.equal(spec.template.spec.containers[0].image, `virtusoul-router:${VERSION}`);
});

test("the network lets clients in by label, and out only to names, TLS upstreams and Redis", () => {
  const { policyTypes, ingress, egress } = of("NetworkPolicy").spec;
  assert.deepEqual(policyTypes, ["Ingress", "Egress"]);
  assert.equal(ingress.length, 1);
  assert.ok(ingress[0].from[0].podSelector.matchLabels);
  const ports = egress.map((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port));
  assert.deepEqual(ports, [[53, 53], [443], [6379]]);
  const { except } = egress[1].to[0].ipBlock;
  assert.ok(except.includes("169.254.0.0/16") && except.includes("10.0.0.0/8"));
});

/** A systemd unit → key to values, over all sections. */
function unitOf(text: string): Map<string, string[]> {
  const pairs = text.split("\n").filter((line) => /^[A-Z]\w+=/.test(line)).map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  return new Map([...Map.groupBy(pairs, ([key]) => key)].map(([key, all]) => [key, all.map(([, value]) => value)]));
}

test("the systemd unit gives no right that the router does not need", () => {
  const unit = unitOf(read("scripts/deploy/virtusoul-router.service"));
  const wanted: Record<string, string[]> = {
    User: ["virtusoul-router"],
    NoNewPrivileges: ["yes"],
    CapabilityBoundingSet: [""],
    ProtectSystem: ["strict"],
    ProtectHome: ["yes"],
    PrivateTmp: ["yes"],
    PrivateDevices: ["yes"],
    RestrictAddressFamilies: ["AF_INET AF_INET6 AF_UNIX"],
    SystemCallFilter: ["@system-service", "~@privileged @resources"],
    StateDirectory: ["virtusoul-router"],
    WorkingDirectory: ["/etc/virtusoul-router"],
    Environment: ["DATA_DIR=/var/lib/virtusoul-router", "BUN_CONFIG_MAX_HTTP_REQUESTS=65535"],
  };
  for (const [key, values] of Object.entries(wanted)) assert.deepEqual(unit.get(key), values, key);
  assert.match(unit.get("UnsetEnvironment")?.[0] ?? "", /\bBUN_BE_BUN\b/);
  // JavaScript is compiled while it runs: with this it would not start.
  assert.equal(unit.has("MemoryDenyWriteExecute"), false);
});
