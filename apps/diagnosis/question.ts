/** A question as it is put to a client: its items, each with the choices that can be sent back as evidence. */
import { purposeOf } from "../../agents/index.ts";
import { type Finding, type KnowledgeBase, spokenValue } from "../../src/index.ts";
import type { Question } from "./types.ts";

const YES_OR_NO = [
  { id: "present" as const, label: "Yes" },
  { id: "absent" as const, label: "No" },
  { id: "unknown" as const, label: "Not sure" },
];
const MEASURED = [
  { id: "present" as const, label: "Measured" },
  { id: "unknown" as const, label: "Not known" },
];

const TYPES = { binary: "single", numeric: "single", categorical: "group_single", multiple: "group_multiple" } as const;

export function questionAbout(base: KnowledgeBase, finding: Finding): Question {
  return {
    type: TYPES[finding.type],
    text: finding.question,
    items: itemsOf(finding),
    explanation: purposeOf(base, finding),
  };
}

function itemsOf({ id, name, type, values, unit, range }: Finding): Question["items"] {
  switch (type) {
    case "binary":
      return [{ id, name, choices: YES_OR_NO }];
    case "numeric": {
      const number = { ...(unit !== undefined && { unit }), ...(range && { min: range[0], max: range[1] }) };
      return [{ id, name, choices: MEASURED, number }];
    }
    case "categorical":
    case "multiple":
      return values.map((value) => ({
        id: `${id}=${value.id}`,
        name: spokenValue(value.name),
        choices: YES_OR_NO,
      }));
    default:
      return type satisfies never;
  }
}
