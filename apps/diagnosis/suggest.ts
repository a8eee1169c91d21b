/** What else to ask a person about, for a client that offers a list: what is likely here, alarming, or would tell most. */
import { appliesTo, type FindingKind, type FindingModel, isTold, shareIn } from "../../src/index.ts";
import { awaited } from "./alarms.ts";
import { type Mix, mixOf } from "./mixes.ts";
import { type Outlook, outlookOf, type Reasoner } from "./reasoner.ts";
import type { SuggestAnswer, SuggestRequest } from "./types.ts";

/** Scores below this are noise. */
const LEAST = 1e-4;

export function suggest(reasoner: Reasoner, request: SuggestRequest): SuggestAnswer {
  const { model, findings } = reasoner;
  const outlook = outlookOf(reasoner, request);
  const mix = mixOf(model, outlook.conclusion.differential.entries);
  return (mix ? suggested(reasoner, outlook, mix, request.suggest_method) : [])
    .slice(0, request.max_results)
    .map((id) => {
      const { name, question } = findings.get(id)!;
      return { id, name, question };
    });
}

/** Ids of findings, best first. */
function suggested(reasoner: Reasoner, outlook: Outlook, mix: Mix, method: SuggestRequest["suggest_method"]): string[] {
  const { model } = reasoner;
  const best = (score: (finding: FindingModel) => number): string[] =>
    model.findings
      .filter((finding) => isOpen(finding, outlook))
      .map((finding) => ({ id: finding.finding.id, score: score(finding) }))
      .filter((each) => each.score > LEAST)
      .sort((a, b) => b.score - a.score)
      .map(({ id }) => id);
  /** How much likelier in such patients than in all, weighed by how likely: p ln p / p₀. Yes or no only. */
  const surplus = (kind: FindingKind) => (finding: FindingModel) => {
    if (finding.finding.kind !== kind || finding.finding.type !== "binary") return 0;
    const here = shareIn(finding, PRESENT, mix);
    return here * Math.log(here / shareIn(finding, PRESENT, model.prior()));
  };
  switch (method) {
    case "telling":
      return best(({ index }) => reasoner.information(index, mix));
    case "symptoms":
      return best(surplus("symptom"));
    case "risk_factors":
      return best(surplus("antecedent"));
    case "red_flags":
      return awaited(reasoner, outlook, mix);
    default:
      return method satisfies never;
  }
}

/** The outcome of a binary finding that is present. */
const PRESENT = 1;

/** What a person can be asked about: it is theirs to tell, not known yet, and a detail only of what is there. */
function isOpen({ finding }: FindingModel, { intake, known }: Outlook): boolean {
  const { id, kind, parent } = finding;
  if (!isTold(kind) || known.has(id) || !appliesTo(finding, intake)) return false;
  return parent === undefined || known.get(parent)?.state === "present";
}
