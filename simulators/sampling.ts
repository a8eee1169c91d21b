/**
 * Patients drawn from a knowledge base: age and sex from a population, the condition from its prior given both, then
 * each finding given the condition. The model that draws is the model a Bayesian agent infers with, so its posterior is
 * the best there is on these patients.
 */
import {
  AGE_GROUPS,
  type AgeGroup,
  buildLikelihoodModel,
  type Condition,
  drawIndex,
  type Finding,
  type FindingModel,
  type KnowledgeBase,
  type LikelihoodModel,
  type ObservedFinding,
  pick,
  type Random,
  type Sex,
  seededRandom,
} from "../src/index.ts";
import type { Case, CaseSource, SourceOptions } from "./case.ts";
import { CaseError } from "./errors.ts";

/** Share of each age group among those who seek care, and where the oldest group ends (years). */
const POPULATION: Record<AgeGroup, number> = { newborn: 1, infant: 4, child: 12, adolescent: 8, adult: 50, older: 25 };
const OLDEST = 95;

/** How often a draw without any complaint is repeated before a complaint is made present. */
const REDRAWS = 20;

/** `count` cases (default 100) drawn with `seed` (default 0); case i is the same whatever the count. */
export function sampledSource(name: string, base: KnowledgeBase, options: SourceOptions = {}): CaseSource {
  const { seed = 0, count = 100 } = options;
  const model = buildLikelihoodModel(base);
  return {
    name,
    base,
    repairs: [],
    skipped: [],
    skippedCount: 0,
    async *cases() {
      for (let i = 0; i < count; i++) yield sampleCase(model, seed, i);
    },
  };
}

/** Case `index` of the endless series that `seed` names. */
export function sampleCase(model: LikelihoodModel, seed: number, index: number): Case {
  const random = seededRandom("case", seed, model.base.id, index);
  const { age, sex } = samplePerson(random);
  const condition = model.base.conditions[drawIndex(random, model.prior(age, sex))]!;
  const c = model.base.conditions.indexOf(condition);
  let findings = sampleFindings(model, c, random);
  let opening = sampleOpening(model, condition, findings, random);
  for (let redraw = 0; opening.length === 0 && redraw < REDRAWS; redraw++) {
    findings = sampleFindings(model, c, random);
    opening = sampleOpening(model, condition, findings, random);
  }
  if (opening.length === 0) {
    opening = condition.complaints.slice(0, 1);
    if (opening.length === 0) {
      throw new CaseError("no-complaint", `${condition.id} has no binary symptom to open with`, { fault: "work" });
    }
    findings.set(opening[0]!, { finding: opening[0]!, state: "present" });
  }
  return {
    id: `${model.base.id}:${seed}:${index}`,
    age,
    sex,
    opening,
    findings: [...findings.values()],
    unlisted: "absent",
    facts: [],
    measurements: [],
    attachments: [],
    label: { condition: condition.id, name: condition.name, synonyms: condition.synonyms },
    options: [],
    ...(condition.urgency && { urgency: condition.urgency }),
    domain: condition.domain,
    masked: 0,
  };
}

function samplePerson(random: Random): { age: number; sex: Sex } {
  const groups = Object.keys(AGE_GROUPS) as AgeGroup[];
  const index = drawIndex(random, Object.values(POPULATION));
  const from = AGE_GROUPS[groups[index]!];
  const to = groups[index + 1] ? AGE_GROUPS[groups[index + 1]!] : OLDEST;
  const years = from + random.float() * (to - from);
  const sex: Sex = random.float() < 0.5 ? "female" : "male";
  // Grown people tell whole years, parents of small children the fraction.
  return { age: years >= 2 ? Math.floor(years) : Math.round(years * 100) / 100, sex };
}

function sampleFindings(model: LikelihoodModel, c: number, random: Random): Map<string, ObservedFinding> {
  const drawn = new Map<string, ObservedFinding>();
  const draw = (f: number): void => {
    const finding = model.findings[f]!;
    const { id } = finding.finding;
    if (drawn.has(id)) return;
    if (finding.parent >= 0) {
      draw(finding.parent);
      if (drawn.get(model.findings[finding.parent]!.finding.id)?.state !== "present") return;
    }
    const observed = sampleFinding(finding, c, model.conditions.length, random);
    if (observed) drawn.set(id, observed);
  };
  for (let f = 0; f < model.findings.length; f++) draw(f);
  for (const [id, observed] of drawn) if (observed.state === "absent") drawn.delete(id);
  return drawn;
}

function sampleFinding(
  { finding, outcomes, none, p, share }: FindingModel,
  c: number,
  width: number,
  random: Random,
): ObservedFinding | undefined {
  const column = (rows: Float64Array): number[] => outcomes.map((_, o) => rows[o * width + c]!);
  const absent: ObservedFinding = { finding: finding.id, state: "absent" };
  if (finding.type === "multiple") {
    if (none >= 0 && random.float() < p[none * width + c]!) return absent;
    const values = outcomes.filter((_, o) => o !== none && random.float() < p[o * width + c]!);
    if (values.length === 0)
      values.push(
        outcomes[
          drawIndex(
            random,
            column(share).map((q, o) => (o === none ? 0 : q)),
          )
        ]!,
      );
    return { finding: finding.id, state: "present", values };
  }
  const outcome = drawIndex(random, column(p));
  if (outcome === none) return absent;
  if (finding.type === "binary") return { finding: finding.id, state: "present" };
  if (finding.type === "numeric")
    return { finding: finding.id, state: "present", number: sampleNumber(finding, outcome, random) };
  return { finding: finding.id, state: "present", values: [outcomes[outcome]!] };
}

/** A number within an interval, to one decimal (whole numbers in wide intervals), inside the plausible range. */
function sampleNumber({ values, range }: Finding, outcome: number, random: Random): number {
  const interval = values[outcome]!;
  const low = Math.max(interval.from ?? Number.NEGATIVE_INFINITY, range?.[0] ?? interval.from ?? interval.below! - 1);
  const high = Math.min(interval.below ?? Number.POSITIVE_INFINITY, range?.[1] ?? interval.below ?? interval.from! + 1);
  const step = high - low > 20 ? 1 : 0.1;
  const number = low + Math.floor((random.float() * (high - low)) / step) * step;
  return Math.round(number * 10) / 10;
}

/** One or two present complaints of the condition; where it names none, any present binary symptom. */
function sampleOpening(
  model: LikelihoodModel,
  condition: Condition,
  findings: ReadonlyMap<string, ObservedFinding>,
  random: Random,
): string[] {
  const isPresent = (id: string): boolean => findings.get(id)?.state === "present";
  const complaints = condition.complaints.filter(isPresent);
  if (complaints.length > 0) {
    const first = pick(random, complaints);
    const second = pick(random, complaints);
    return second !== first && random.float() < 0.5 ? [first, second] : [first];
  }
  if (condition.complaints.length > 0) return [];
  const symptoms = model.findings.filter(({ finding }) => finding.kind === "symptom" && finding.type === "binary");
  const present = symptoms.filter(({ finding }) => isPresent(finding.id));
  return present.length > 0 ? [pick(random, present).finding.id] : [];
}
