/**
 * Patients drawn from a knowledge base: age and sex from a population, the condition from its prior given both, then
 * each finding given the condition. The model that draws findings is the one a Bayesian agent infers with. What
 * a patient opens with is drawn besides, from the condition's complaints, and tells more than that agent takes from it.
 */
import {
  AGE_GROUPS,
  type AgeGroup,
  appliesTo,
  buildLikelihoodModel,
  type Condition,
  drawIndex,
  type Finding,
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
  const sample = caseSampler(base);
  return {
    name,
    base,
    repairs: [],
    skipped: [],
    skippedCount: 0,
    async *cases() {
      for (let i = 0; i < count; i++) yield sample(seed, i);
    },
  };
}

/** Draws case `index` of the endless series that `seed` names. */
export type CaseSampler = (seed: number, index: number) => Case;

/** Unlike an agent's model, the sampler's has no floor: what a condition never shows, no patient has. */
export function caseSampler(base: KnowledgeBase): CaseSampler {
  const model = buildLikelihoodModel(base, 0);
  const draws = base.conditions.map((condition, c) => findingDraws(model, condition, c));
  return (seed, index) => {
    const random = seededRandom("case", seed, base.id, index);
    const { age, sex } = samplePerson(random);
    const c = drawIndex(random, model.prior(age, sex));
    const condition = base.conditions[c]!;
    const { findings, opening } = samplePresentation(
      draws[c]!.filter(({ finding }) => appliesTo(finding, { age, sex })),
      condition,
      random,
    );
    return {
      id: `${base.id}:${seed}:${index}`,
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
  };
}

type Findings = Map<string, ObservedFinding>;

/** Findings with something to complain of. */
function samplePresentation(
  draws: readonly FindingDraw[],
  condition: Condition,
  random: Random,
): { findings: Findings; opening: string[] } {
  for (let redraw = 0; redraw <= REDRAWS; redraw++) {
    const findings = sampleFindings(draws, random);
    const opening = sampleOpening(draws, condition, findings, random);
    if (opening.length > 0) return { findings, opening };
  }
  const forced = condition.complaints[0] ?? draws.find(isComplaint)?.finding.id;
  if (forced === undefined) {
    throw new CaseError("no-complaint", `${condition.id} has no binary symptom to open with`, { fault: "work" });
  }
  const findings = sampleFindings(draws, random).set(forced, { finding: forced, state: "present" });
  return { findings, opening: [forced] };
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

/** How one finding is drawn for one condition. */
interface FindingDraw {
  readonly finding: Finding;
  /** P(the outcome that means absent). */
  readonly absent: number;
  /** The other outcomes that can occur, and their probabilities: of each by itself where several may hold. */
  readonly outcomes: readonly number[];
  readonly probabilities: readonly number[];
}

/** The findings that the condition or its background says anything about, parents before children. */
function findingDraws(model: LikelihoodModel, condition: Condition, c: number): FindingDraw[] {
  const width = model.conditions.length;
  const draws: FindingDraw[] = [];
  const listed = new Set<number>();
  const list = (f: number): void => {
    const { finding, parent, none, p, outcomes: all } = model.findings[f]!;
    if (listed.has(f)) return;
    listed.add(f);
    if (parent >= 0) list(parent);
    if (condition.findings[finding.id] === undefined && finding.background === undefined) return;
    const probability = (o: number): number => p[o * width + c]!;
    const outcomes = all.map((_, o) => o).filter((o) => o !== none && probability(o) > 0);
    if (outcomes.length === 0) return;
    const absent = none < 0 ? 0 : probability(none);
    draws.push({ finding, absent, outcomes, probabilities: outcomes.map(probability) });
  };
  for (let f = 0; f < model.findings.length; f++) list(f);
  return draws;
}

function sampleFindings(draws: readonly FindingDraw[], random: Random): Findings {
  const drawn: Findings = new Map();
  for (const draw of draws) {
    const { id, parent } = draw.finding;
    if (parent !== undefined && drawn.get(parent)?.state !== "present") continue;
    const observed = sampleFinding(draw, random);
    if (observed) drawn.set(id, observed);
  }
  return drawn;
}

/** Undefined where the finding is absent. */
function sampleFinding(
  { finding, absent, outcomes, probabilities }: FindingDraw,
  random: Random,
): ObservedFinding | undefined {
  if (random.float() < absent) return undefined;
  const value = (index: number): string => finding.values[outcomes[index]!]!.id;
  switch (finding.type) {
    case "binary":
      return { finding: finding.id, state: "present" };
    case "categorical":
      return { finding: finding.id, state: "present", values: [value(drawIndex(random, probabilities))] };
    case "numeric": {
      const number = sampleNumber(finding, outcomes[drawIndex(random, probabilities)]!, random);
      return { finding: finding.id, state: "present", number };
    }
    case "multiple": {
      const values = outcomes.flatMap((_, index) => (random.float() < probabilities[index]! ? [value(index)] : []));
      // A place or a character there must be, once the parent is present; a test with nothing to report is absent.
      if (values.length === 0 && finding.parent === undefined && finding.none === undefined) return undefined;
      if (values.length === 0) values.push(value(drawIndex(random, probabilities)));
      return { finding: finding.id, state: "present", values };
    }
  }
}

/** A number within an interval, to one decimal (whole numbers in wide intervals), inside the plausible range. */
function sampleNumber({ values, range }: Finding, outcome: number, random: Random): number {
  const interval = values[outcome]!;
  const low = Math.max(interval.from ?? Number.NEGATIVE_INFINITY, range?.[0] ?? interval.from ?? interval.below! - 1);
  const high = Math.min(interval.below ?? Number.POSITIVE_INFINITY, range?.[1] ?? interval.below ?? interval.from! + 1);
  const step = high - low > 20 ? 1 : 0.1;
  const number = Number((low + Math.floor((random.float() * (high - low)) / step) * step).toPrecision(6));
  const rounded = Math.round(number * 10) / 10;
  // An interval such as 7.42 to 7.45 holds no number of one decimal.
  return rounded >= low && rounded < (interval.below ?? Number.POSITIVE_INFINITY) ? rounded : number;
}

/** One or two present complaints of the condition; where it names none, any present binary symptom. */
function sampleOpening(
  draws: readonly FindingDraw[],
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
  const present = draws.filter((draw) => isComplaint(draw) && isPresent(draw.finding.id));
  return present.length > 0 ? [pick(random, present).finding.id] : [];
}

const isComplaint = ({ finding }: FindingDraw): boolean => finding.kind === "symptom" && finding.type === "binary";
