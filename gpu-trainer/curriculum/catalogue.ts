/**
 * The conditions that a case set is about: what each is called, which one a label names, and how alike they are. A
 * knowledge base has them all; a set without one has the labels of its cases.
 */
import { conditionNames, labelCondition, openLabel } from "../../environments/index.ts";
import { alternativeNames, type Case, type CaseSource, type Label } from "../../simulators/index.ts";
import type { KnowledgeBase } from "../../src/index.ts";
import { caseSimilarity, hasProbabilities, knowledgeSimilarity, type Similarity } from "./similarity.ts";

export interface Catalogue {
  /** What coded cases are coded in. */
  readonly base?: KnowledgeBase | undefined;
  readonly similarity: Similarity;
  /** Undefined for a label that is not among the conditions. */
  conditionOf(label: Label): string | undefined;
  nameOf(condition: string): string;
}

/** A `CaseSource`, or cases from anywhere. */
export type Cases = CaseSource | AsyncIterable<Case>;

/** Its similarity is asked for where it is needed, and throws `no-probabilities` only then. */
export function knowledgeCatalogue(base: KnowledgeBase): Catalogue {
  let similarity: Similarity | undefined;
  return {
    ...namesOf(base),
    get similarity() {
      similarity ??= knowledgeSimilarity(base);
      return similarity;
    },
  };
}

/** Reads the cases through, unless a knowledge base with probabilities comes with them. */
export async function catalogueOf(cases: Cases): Promise<Catalogue> {
  const base = "cases" in cases ? cases.base : undefined;
  if (base && hasProbabilities(base)) return knowledgeCatalogue(base);
  const labelled: [Label, Case][] = [];
  for await (const each of casesOf(cases)) labelled.push([each.label, each]);
  const names = base ? namesOf(base) : openNames(labelled.map(([label]) => label));
  const known = labelled.flatMap(([label, each]): [string, Case][] => {
    const condition = names.conditionOf(label);
    return condition === undefined ? [] : [[condition, each]];
  });
  return { ...names, similarity: caseSimilarity(known) };
}

export const casesOf = (cases: Cases): AsyncIterable<Case> => ("cases" in cases ? cases.cases() : cases);

type Names = Omit<Catalogue, "similarity">;

function namesOf(base: KnowledgeBase): Names {
  const ids = conditionNames(base);
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  return { base, conditionOf: (label) => labelCondition(label, ids), nameOf: (id) => names.get(id) ?? id };
}

/** Labels that share a name or a synonym are one condition: "Myasthenia gravis (MG)" is no distractor of "MG". */
function openNames(labels: Iterable<Label>): Names {
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  for (const label of labels) {
    const spelled = spellingsOf(label);
    const id = spelled.map((key) => ids.get(key)).find((known) => known !== undefined) ?? spelled[0]!;
    for (const key of spelled) if (!ids.has(key)) ids.set(key, id);
    if (!names.has(id)) names.set(id, label.name);
  }
  return {
    conditionOf: (label) =>
      spellingsOf(label)
        .map((key) => ids.get(key))
        .find((known) => known !== undefined),
    nameOf: (id) => names.get(id) ?? id,
  };
}

const spellingsOf = ({ condition, name, synonyms }: Label): string[] => [
  ...(condition === undefined ? [] : [condition]),
  ...[name, ...alternativeNames(name), ...synonyms].map(openLabel),
];
