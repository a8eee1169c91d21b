/** Which condition a case's label is: the knowledge base's own, found by id or by name, or an open label. */

import { alternativeNames, type Label } from "../simulators/index.ts";
import type { KnowledgeBase } from "../src/index.ts";

type Named = Pick<KnowledgeBase["conditions"][number], "id" | "name" | "synonyms">;

/** Looks names up among the conditions and their synonyms. Spelling counts, case and punctuation do not. */
export interface ConditionNames {
  idOf(name: string): string | undefined;
  has(id: string): boolean;
}

export function conditionNames({ conditions }: { conditions: readonly Named[] }): ConditionNames {
  const ids = new Map<string, string>();
  const listed = [...conditions].reverse();
  // A condition's own name counts before what another is also called.
  for (const { id, synonyms } of listed) for (const known of synonyms) ids.set(plain(known), id);
  for (const { id, name } of listed) for (const known of [name, id]) ids.set(plain(known), id);
  const known = new Set(conditions.map(({ id }) => id));
  return { idOf: (name) => ids.get(plain(name)), has: (id) => known.has(id) };
}

/** The condition a label names; `undefined` where it is outside the knowledge base. */
export function labelCondition({ condition, name, synonyms }: Label, names: ConditionNames): string | undefined {
  if (condition !== undefined) return names.has(condition) ? condition : undefined;
  for (const known of [name, ...alternativeNames(name), ...synonyms]) {
    const id = names.idOf(known);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** An id for a name that no knowledge base holds: "Crohn disease" is `crohn-disease`. */
export function openLabel(name: string): string {
  return plain(name).replaceAll(" ", "-").slice(0, 80) || "unnamed";
}

function plain(name: string): string {
  const letters = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return letters
    .replace(/['’]s\b/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
