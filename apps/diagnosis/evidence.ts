/**
 * Evidence as it is sent, made into what an agent is told. Whatever is unknown, said twice, impossible or not for such a
 * person is refused with its place. Refusals name findings of the knowledge base and repeat nothing else that was sent.
 */
import { appliesTo, type Finding, type Intake, type ObservedFinding } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { type DiagnosisRequest, type EvidenceItem, yearsOf } from "./types.ts";

export type Person = Required<Pick<Intake, "age" | "sex">>;

/** What a request presents to an agent. */
export interface Presented {
  /** The person, and what was known before the first question. */
  readonly intake: Intake & Person;
  /** Answers, in order. */
  readonly told: readonly ObservedFinding[];
  readonly known: ReadonlyMap<string, ObservedFinding>;
}

export function personOf({ sex, age }: Pick<DiagnosisRequest, "sex" | "age">): Person {
  return { sex, age: yearsOf(age) };
}

/** Throws `bad-message` with the place of the first item that cannot be. */
export function presentedOf(request: DiagnosisRequest, findings: ReadonlyMap<string, Finding>): Presented {
  const person = personOf(request);
  const statements = statementsOf(request.evidence, findings);
  const known = new Map<string, ObservedFinding>();
  const before: ObservedFinding[] = [];
  const told: ObservedFinding[] = [];
  for (const statement of statements) {
    const observed = observedIn(statement);
    const fault = faultOf(statement.finding, observed, person);
    if (fault) throw refused(statement.place, fault.field, fault.reason);
    known.set(observed.finding, observed);
    (WITHOUT_A_QUESTION.has(statement.items[0]!.item.source) ? before : told).push(observed);
  }
  for (const { finding, place } of statements) {
    const isDetailOfNothing =
      known.get(finding.id)!.state === "present" && known.get(finding.parent ?? "")?.state === "absent";
    if (isDetailOfNothing) throw refused(place, "choice_id", `${finding.id} is a detail of ${finding.parent}, absent`);
  }
  return { intake: { ...person, findings: before }, told, known };
}

const WITHOUT_A_QUESTION: ReadonlySet<EvidenceItem["source"]> = new Set(["initial", "predefined"] as const);

/** All items about one finding: one, or one for each value. */
interface Statement {
  readonly finding: Finding;
  readonly place: number;
  readonly items: { readonly item: EvidenceItem; readonly value: string | undefined }[];
}

function statementsOf(evidence: readonly EvidenceItem[], findings: ReadonlyMap<string, Finding>): Statement[] {
  const statements = new Map<string, Statement>();
  evidence.forEach((item, place) => {
    const [id, value] = item.id.split("=") as [string, string | undefined];
    const finding = findings.get(id);
    if (!finding) throw refused(place, "id", "no such finding; GET /v1/findings lists them");
    if (value !== undefined) {
      if (!isChosen(finding) || !finding.values.some((each) => each.id === value))
        throw refused(place, "id", `${id} has no such value`);
      if (item.values) throw refused(place, "values", "the id names the value already");
    }
    const before = statements.get(id);
    if (!before) statements.set(id, { finding, place, items: [{ item, value }] });
    else if (value === undefined || before.items.some((each) => each.value === undefined || each.value === value))
      throw refused(place, "id", `${id} stands twice`);
    else before.items.push({ item, value });
  });
  return [...statements.values()];
}

const isChosen = ({ type }: Finding): boolean => type === "categorical" || type === "multiple";

function observedIn({ finding, items }: Statement): ObservedFinding {
  const { id, none } = finding;
  const [{ item, value }] = items as [Statement["items"][number]];
  if (value === undefined) {
    const { choice_id: state, values, number } = item;
    const isNone = isChosen(finding) && values?.length === 1 && values[0] === none;
    if (isNone && state === "present") return { finding: id, state: "absent" };
    return { finding: id, state, ...(values && { values }), ...(number !== undefined && { number }) };
  }
  const number = items.find((each) => each.item.number !== undefined)?.item.number;
  const stray = number === undefined ? {} : { number };
  const values = items.flatMap((each) => (each.item.choice_id === "present" ? [each.value!] : []));
  if (values.length === 1 && values[0] === none) return { finding: id, state: "absent", ...stray };
  if (values.length > 0) return { finding: id, state: "present", values, ...stray };
  const denied = new Set(items.flatMap((each) => (each.item.choice_id === "absent" ? [each.value] : [])));
  const isDenied = finding.values.every((each) => each.id === none || denied.has(each.id));
  return { finding: id, state: isDenied ? "absent" : "unknown", ...stray };
}

export interface EvidenceFault {
  readonly field: keyof EvidenceItem;
  readonly reason: string;
}

/** Why this cannot be known of such a person; undefined where it can. */
export function faultOf(finding: Finding, observed: ObservedFinding, person: Person): EvidenceFault | undefined {
  const { id, type, range } = finding;
  const { state, values, number } = observed;
  const fault = (field: EvidenceFault["field"], reason: string): EvidenceFault => ({ field, reason });
  if (!appliesTo(finding, person)) return fault("id", `${id} does not apply to a person of this age and sex`);
  if (values && !isChosen(finding)) return fault("values", `${id} has no values`);
  if (number !== undefined && type !== "numeric") return fault("number", `${id} is not measured in numbers`);
  if (state !== "present") {
    if (values) return fault("values", `${id} has values only where it is present`);
    if (number !== undefined) return fault("number", `${id} has a number only where it is present`);
    if (state === "absent" && type === "numeric") return fault("choice_id", `${id} is measured, or unknown`);
    return undefined;
  }
  if (isChosen(finding)) {
    if (!values) return fault("values", `say which value of ${id}`);
    if (values.some((value) => !finding.values.some((each) => each.id === value)))
      return fault("values", `${id} has no such value`);
    if (new Set(values).size < values.length) return fault("values", `a value of ${id} stands twice`);
    if (type === "categorical" && values.length > 1) return fault("values", `${id} has one value at a time`);
    if (values.length > 1 && values.includes(finding.none ?? "")) return fault("values", `${id} has none, and others`);
  }
  if (type === "numeric") {
    if (number === undefined) return fault("number", `${id} needs a number`);
    if (range && (number < range[0] || number > range[1]))
      return fault("number", `${id} lies between ${range[0]} and ${range[1]}`);
  }
  return undefined;
}

function refused(place: number, field: keyof EvidenceItem, reason: string): ServerError {
  return new ServerError("bad-message", `evidence.${place}.${field}: ${reason}`);
}
