/**
 * What was observed: measurements by LOINC, findings by the knowledge base's own codes (an export that comes back), and
 * what is true or false of a finding by its name. Only what is current counts; antecedents are current for longer.
 */
import type { Finding, ObservedFinding } from "../../src/index.ts";
import { LOINC, ownSystem } from "./codes.ts";
import {
  type Answer,
  type Concept,
  nameOf,
  namesOf,
  Observation,
  onlyOne,
  type Quantity,
  type Read,
  type Reading,
  type RecordResource,
} from "./record.ts";
import { AGE_LOINC, READ_LOINC, SMOKING_LOINC } from "./record-codes.ts";
import { findingNamed } from "./record-names.ts";

const CERTAIN = ["preliminary", "final", "amended", "corrected"];

export function readObservation(resource: RecordResource, reading: Reading): Read[] {
  const parsed = Observation.safeParse(resource);
  if (!parsed.success) return [{ reason: "malformed" }];
  const observation = parsed.data;
  const text = nameOf(observation.code);
  if (!CERTAIN.includes(observation.status)) return [{ reason: "not-certain", text }];
  // A panel says nothing itself; its parts are measurements.
  const panel = observation.component.filter(({ code }) => measuredBy(code) !== undefined);
  const reads =
    panel.length > 0 ? panel.map((part) => readPart(part.code, part, reading)) : [readWhole(observation, reading)];
  const late = lateness(observation, reading);
  return reads.map((read) => ("observed" in read ? late(read) : read));
}

/** What was observed with its time, or why it no longer counts. */
function lateness(observation: Observation, { asOf, findings, currentHours, historyDays }: Reading) {
  const { effectiveDateTime, effectiveInstant, effectivePeriod, issued } = observation;
  const said = effectiveDateTime ?? effectiveInstant ?? effectivePeriod?.end ?? effectivePeriod?.start ?? issued;
  const time = Date.parse(said ?? "");
  return ({ observed, text }: Extract<Read, { observed: ObservedFinding }>): Read => {
    if (Number.isNaN(time) || asOf === undefined) return { reason: "undated", text };
    const isHistory = findings.get(observed.finding)!.kind === "antecedent";
    const hours = (asOf.getTime() - time) / 3_600_000;
    if (hours > (isHistory ? historyDays * 24 : currentHours)) return { reason: "old", text };
    return { observed, text, time };
  };
}

function readWhole(observation: Observation, reading: Reading): Read {
  const { code, component } = observation;
  const { base, findings, lexicon } = reading;
  const own = code.coding.find(({ system }) => system === ownSystem(base, "finding"))?.code;
  const finding = own === undefined ? undefined : findings.get(own);
  if (finding) return readOwn(finding, observation, component, reading);
  const loinc = code.coding.filter(({ system }) => system === LOINC).map((each) => each.code);
  if (loinc.includes(AGE_LOINC)) return readAge(observation.valueQuantity);
  if (loinc.includes(SMOKING_LOINC)) return readSmoking(observation.valueCodeableConcept, reading);
  if (measuredBy(code)) return readPart(code, observation, reading);
  const named = onlyOne(namesOf(code).map((name) => findingNamed(lexicon, name, isSaid, "grades")));
  const text = nameOf(code);
  if (named === undefined) return { reason: "no-finding", text };
  const answer = yesOrNo(observation);
  return answer === undefined
    ? { reason: "no-value", text }
    : { observed: { finding: named, state: answer ? "present" : "absent" }, text };
}

/** A test's name is the test, not its result; what is said or seen is named by being there. */
const isSaid = ({ kind, type }: Finding): boolean => type === "binary" && kind !== "test" && kind !== "image";

function readOwn(
  finding: Finding,
  answer: Answer,
  component: Observation["component"],
  { base }: Pick<Reading, "base">,
): Read {
  const { id: of, name: text } = finding;
  const system = ownSystem(base, "value");
  const valuesIn = (concept: Concept): string[] =>
    concept.coding.flatMap((each) => {
      const [owner, value] = (each.system === system ? each.code : undefined)?.split("=") ?? [];
      return owner === of && finding.values.some(({ id }) => id === value) ? [value!] : [];
    });
  const present = (more: Partial<ObservedFinding>): Read => ({
    observed: { finding: of, state: "present", ...more },
    text,
  });
  const { valueBoolean, valueQuantity, valueCodeableConcept } = answer;
  if (valueQuantity)
    return inRange(finding, valueQuantity.value) ? present({ number: valueQuantity.value }) : { reason: "range", text };
  if (valueBoolean === false) return { observed: { finding: of, state: "absent" }, text };
  const values = valueCodeableConcept
    ? valuesIn(valueCodeableConcept)
    : component.flatMap(({ code }) => valuesIn(code));
  if (values.length > 0) return present({ values });
  // A finding with values that is there, nobody knows how, tells no more than its parent does.
  return valueBoolean && finding.type === "binary" ? present({}) : { reason: "no-value", text };
}

function measuredBy({ coding }: Concept) {
  const code = coding.find((each) => each.system === LOINC && Object.hasOwn(READ_LOINC, each.code ?? ""))?.code;
  return code === undefined ? undefined : READ_LOINC[code];
}

function readPart(code: Concept, { valueQuantity }: Answer, { findings }: Reading): Read {
  const text = nameOf(code);
  const read = measuredBy(code)!;
  const finding = findings.get(read.finding);
  if (finding?.type !== "numeric") return { reason: "no-finding", text };
  if (!valueQuantity) return { reason: "no-value", text };
  const unit = valueQuantity.code ?? "";
  const into = Object.hasOwn(read.from, unit) ? read.from[unit] : undefined;
  if (!into) return { reason: "unit", text };
  const number = Math.round(into(valueQuantity.value) * 100) / 100;
  if (!inRange(finding, number)) return { reason: "range", text };
  return { observed: { finding: finding.id, state: "present", number }, text };
}

const inRange = ({ range }: Finding, value: number): boolean => !range || (value >= range[0] && value <= range[1]);

function readAge(quantity: Quantity | undefined): Read {
  const isYears = quantity?.code === "a" && quantity.value >= 0 && quantity.value <= 130;
  return isYears ? { person: { age: quantity.value } } : { reason: "unit", text: "age" };
}

/** Somebody who smoked once is neither: what was asked is whether somebody smokes. */
function readSmoking(status: Concept | undefined, { findings }: Reading): Read {
  const text = nameOf(status) ?? "smoking status";
  const says = text.toLowerCase();
  const isNever = /^(never|non-?)[\s-]*smoke(r|d)\b/.test(says);
  const isNow =
    /\b(current|every day|some days?|heavy|light)\b.*\bsmoker\b/.test(says) && !/\b(ex|former|un|not)\b/.test(says);
  if (!findings.has("smoking")) return { reason: "no-finding", text };
  if (isNever === isNow) return { reason: "no-value", text };
  return { observed: { finding: "smoking", state: isNow ? "present" : "absent" }, text };
}

function yesOrNo({ valueBoolean, valueCodeableConcept: concept }: Answer): boolean | undefined {
  if (valueBoolean !== undefined || !concept) return valueBoolean;
  const said = [...namesOf(concept), ...concept.coding.flatMap(({ code }) => code ?? [])].map((each) =>
    each.toLowerCase(),
  );
  const isYes = said.some((each) => ["yes", "y", "present", "positive"].includes(each));
  const isNo = said.some((each) => ["no", "n", "absent", "negative"].includes(each));
  return isYes === isNo ? undefined : isYes;
}
