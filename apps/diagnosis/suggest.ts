/** What else to ask a person about, for a client that offers a list: what is likely here, or what would tell most. */
import { appliesTo, type Finding, type FindingModel, isTold, looksAt, raisedRedFlags } from "../../src/index.ts";
import { type Outlook, outlookOf, type Reasoner } from "./reasoner.ts";
import type { SuggestAnswer, SuggestRequest } from "./types.ts";
import { informationOf, type Mix, mixOf, share } from "./weights.ts";

/** Scores below this are noise. */
const LEAST = 1e-4;

export function suggest(reasoner: Reasoner, request: SuggestRequest): SuggestAnswer {
  const { model } = reasoner;
  const outlook = outlookOf(reasoner, request);
  const mix = mixOf(model, outlook.conclusion.differential.entries);
  if (!mix) return [];
  const score = scorer(reasoner, outlook, mix, request.suggest_method);
  return model.findings
    .filter(({ finding }) => isOpen(finding, outlook))
    .map((finding) => ({ finding: finding.finding, score: score(finding) }))
    .filter((each) => each.score > LEAST)
    .sort((a, b) => b.score - a.score)
    .slice(0, request.max_results)
    .map(({ finding: { id, name, question } }) => ({ id, name, question }));
}

/** What a person can be asked about: it is theirs to tell, not known yet, and a detail only of what is there. */
export function isOpen(finding: Finding, { intake, known }: Pick<Outlook, "intake" | "known">): boolean {
  const { id, kind, parent } = finding;
  if (!isTold(kind) || known.has(id) || !appliesTo(finding, intake)) return false;
  return parent === undefined || known.get(parent)?.state === "present";
}

function scorer(
  reasoner: Reasoner,
  outlook: Outlook,
  mix: Mix,
  method: SuggestRequest["suggest_method"],
): (finding: FindingModel) => number {
  switch (method) {
    case "telling":
      return (finding) => informationOf(finding, mix);
    case "symptoms":
      return (finding) => (finding.finding.kind === "symptom" ? surplus(reasoner, finding, mix) : 0);
    case "risk_factors":
      return (finding) => (finding.finding.kind === "antecedent" ? surplus(reasoner, finding, mix) : 0);
    case "red_flags":
      return alarming(reasoner, outlook, mix);
    default:
      return method satisfies never;
  }
}

/** How much likelier the finding is in such patients than in all, weighed by how likely: p ln p / p₀. Yes or no only. */
function surplus({ model }: Reasoner, finding: FindingModel, mix: Mix): number {
  if (finding.finding.type !== "binary") return 0;
  const here = share(finding, PRESENT, mix);
  return here * Math.log(here / share(finding, PRESENT, model.prior()));
}

/** The outcome of a binary finding that is present. */
const PRESENT = 1;

/** P(present), of what would raise a rule by itself; half of it, of what a rule looks at besides. */
function alarming({ base }: Reasoner, { intake, known, flags }: Outlook, mix: Mix): (finding: FindingModel) => number {
  const raised = new Set(flags.map(({ id }) => id));
  const open = base.redFlags.filter(({ id }) => !raised.has(id));
  return (finding) => {
    const { id, type } = finding.finding;
    if (type !== "binary" || !open.some((rule) => looksAt(rule, id))) return 0;
    const there = new Map(known).set(id, { finding: id, state: "present" });
    return share(finding, PRESENT, mix) * (raisedRedFlags(open, intake, there).length > 0 ? 1 : 0.5);
  };
}
