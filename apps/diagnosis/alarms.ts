/**
 * Findings that red-flag rules still wait for, by the risk that the rule stands for: P(an emergency, and the rule would
 * hold | known). Of a rule whose terms must all hold the least likely comes first, which settles it soonest.
 */
import {
  appliesTo,
  concerns,
  type FindingModel,
  isTold,
  parseTerm,
  type RedFlagRule,
  raisedRedFlags,
  urgenciesOf,
} from "../../src/index.ts";
import { isEmergency } from "./levels.ts";
import type { Mix } from "./mixes.ts";
import type { Outlook, Reasoner } from "./reasoner.ts";

/** Rules below this risk are not asked for. */
const LEAST_RISK = 1e-4;
/** Emergencies below this probability are not reckoned with. */
const NEGLIGIBLE = 1e-6;

/** An emergency that the person may have, with its index among the conditions. */
interface Emergency {
  readonly condition: number;
  readonly probability: number;
}

/** A term that is not known and can be learnt. */
interface OpenTerm {
  /** What to ask first: the finding, or what it is a detail of. */
  readonly ask: string;
  /** P(it holds | emergency), emergency by emergency. */
  readonly p: readonly number[];
}

interface OpenRule {
  readonly risk: number;
  readonly asks: readonly string[];
}

/** Ids of findings, most alarming first. */
export function awaited(reasoner: Reasoner, outlook: Outlook, mix: Mix): string[] {
  const { base, model } = reasoner;
  const urgencies = urgenciesOf(base);
  const emergencies = model.conditions.flatMap((id, condition): Emergency[] => {
    const urgency = urgencies.get(id);
    const probability = mix[condition]!;
    return urgency !== undefined && isEmergency(urgency) && probability > NEGLIGIBLE
      ? [{ condition, probability }]
      : [];
  });
  const raised = new Set(outlook.flags.map(({ id }) => id));
  const rules = base.redFlags
    .filter((rule) => !raised.has(rule.id) && concerns(rule, outlook.intake))
    .flatMap((rule) => openRule(rule, reasoner, outlook, emergencies) ?? [])
    .sort((a, b) => b.risk - a.risk);
  return [...new Set(rules.flatMap(({ asks }) => asks))];
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** Undefined where the rule can no longer hold, nothing can be asked for it, or next to nothing is at stake. */
function openRule(
  rule: RedFlagRule,
  reasoner: Reasoner,
  outlook: Outlook,
  emergencies: readonly Emergency[],
): OpenRule | undefined {
  const { all, any, atLeast, unless } = rule.when;
  const holds = (term: string): boolean => holdsAlone(rule, term, outlook);
  const open = (terms: readonly string[]): OpenTerm[] =>
    terms.flatMap((term) => openTerm(term, reasoner, outlook, emergencies) ?? []);
  if (unless?.some(holds)) return undefined;
  const missing = all.filter((term) => !holds(term));
  const needed = open(missing);
  if (needed.length < missing.length) return undefined;
  const together = emergencies.map(({ probability }, e) =>
    needed.reduce((product, { p }) => product * p[e]!, probability),
  );
  if (sumOf(together) <= LEAST_RISK) return undefined;
  const groups: { readonly terms: readonly OpenTerm[]; readonly n: number }[] = [];
  for (const { of, n } of [...(any ? [{ of: any, n: 1 }] : []), ...(atLeast ? [atLeast] : [])]) {
    const lacking = n - of.filter(holds).length;
    if (lacking <= 0) continue;
    const terms = open(of.filter((term) => !holds(term)));
    if (terms.length < lacking) return undefined;
    groups.push({ terms, n: lacking });
  }
  const risk = sumOf(
    together.map((mass, e) => groups.reduce((product, { terms, n }) => product * chanceOfSome(terms, n, e), mass)),
  );
  if (risk <= LEAST_RISK) return undefined;
  const likelihood = ({ p }: OpenTerm): number =>
    p.reduce((sum, each, e) => sum + each * emergencies[e]!.probability, 0);
  const byLikelihood = (a: OpenTerm, b: OpenTerm): number => likelihood(a) - likelihood(b);
  const asks =
    needed.length > 0
      ? [needed.toSorted(byLikelihood)[0]!]
      : groups.flatMap(({ terms }) => terms.toSorted((a, b) => byLikelihood(b, a)));
  return { risk, asks: asks.map(({ ask }) => ask) };
}

/** Whether one term of a rule holds by itself. */
export function holdsAlone(rule: RedFlagRule, term: string, { intake, known }: Outlook): boolean {
  return raisedRedFlags([{ ...rule, when: { all: [term] } }], intake, known).length > 0;
}

function openTerm(
  term: string,
  { model }: Reasoner,
  { intake, known }: Outlook,
  emergencies: readonly Emergency[],
): OpenTerm | undefined {
  const { finding: id, op, operand } = parseTerm(term);
  const finding = model.findings[model.indexOf.get(id) ?? -1];
  if (!finding || (op !== undefined && op !== "=")) return undefined;
  const outcome = op === undefined ? PRESENT : finding.outcomes.indexOf(operand!);
  if (outcome < 0 || (op === undefined && finding.finding.type !== "binary")) return undefined;
  const chances = ({ p }: FindingModel, o: number): number[] =>
    emergencies.map(({ condition }) => p[o * model.conditions.length + condition]!);
  let p = chances(finding, outcome);
  let ask = id;
  for (let at: FindingModel | undefined = finding; at; at = model.findings[at.parent]) {
    const about = at.finding;
    const state = known.get(about.id)?.state;
    if (state === "present" && about.id !== id) break;
    if (state !== undefined || !isTold(about.kind) || !appliesTo(about, intake)) return undefined;
    ask = about.id;
    if (about.id === id) continue;
    const there = chances(at, PRESENT);
    p = p.map((chance, e) => chance * there[e]!);
  }
  return { ask, p };
}

/** The outcome of a binary finding that is present. */
const PRESENT = 1;

/** P(at least `n` of the terms hold | emergency e), the terms being independent. */
function chanceOfSome(terms: readonly OpenTerm[], n: number, e: number): number {
  if (n === 1) return 1 - terms.reduce((none, { p }) => none * (1 - p[e]!), 1);
  /** P(so many hold), up to n − 1. */
  let fewer = [1, ...Array<number>(n - 1).fill(0)];
  for (const { p } of terms) {
    const chance = p[e]!;
    fewer = fewer.map((mass, k) => mass * (1 - chance) + (k > 0 ? fewer[k - 1]! * chance : 0));
  }
  return 1 - fewer.reduce((sum, mass) => sum + mass, 0);
}
