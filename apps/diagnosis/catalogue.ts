/** What can be sent as evidence, and what can come out: the look-ups of a client. */

import type { z } from "zod";
import { type KnowledgeBase, spokenValue } from "../../src/index.ts";
import { levelOf } from "./levels.ts";
import type { ConditionEntry, FindingEntry } from "./types.ts";

export function findingsOf({ findings }: KnowledgeBase): z.infer<typeof FindingEntry>[] {
  return findings.map(({ id, name, kind, type, parent, values, unit, range, applies }) => ({
    id,
    name,
    type: kind,
    answer: type,
    ...(parent !== undefined && { parent_id: parent }),
    ...(values.length > 0 &&
      type !== "numeric" && { values: values.map((value) => ({ id: value.id, name: spokenValue(value.name) })) }),
    ...(unit !== undefined && { unit }),
    ...(range && { range }),
    sex_filter: applies?.sex ?? "both",
    ...(applies?.age && { age_filter: applies.age }),
  }));
}

export function conditionsOf({ conditions }: KnowledgeBase): z.infer<typeof ConditionEntry>[] {
  return conditions.map(({ id, name, severity, urgency, icd10 }) => ({
    id,
    name,
    severity,
    ...(urgency && { triage_level: levelOf(urgency) }),
    extras: { icd10_code: icd10 },
  }));
}
