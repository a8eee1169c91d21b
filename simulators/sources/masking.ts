/** Masks the label where a case's own texts name it: no patient may tell its diagnosis. */
import type { Case } from "../case.ts";
import { alternativeNames, nameMatcher } from "../naming.ts";

/** What stands in the place of a name. */
export const MASK = "[withheld]";

/** The case with its label masked in complaint, facts and measurements; `masked` counts the places. */
export function maskLabel(original: Case): Case {
  const { name, synonyms } = original.label;
  const matcher = nameMatcher([name, ...synonyms].flatMap((text) => [text, ...alternativeNames(text)]));
  let masked = 0;
  const mask = (text: string): string => {
    const replaced = matcher.replace(text, MASK);
    masked += replaced.count;
    return replaced.text;
  };
  const { complaint, facts, measurements } = original;
  const texts = {
    ...(complaint !== undefined && { complaint: mask(complaint) }),
    facts: facts.map(mask),
    measurements: measurements.map((measured) => ({ name: mask(measured.name), result: mask(measured.result) })),
  };
  return masked === 0 ? original : { ...original, ...texts, masked: original.masked + masked };
}
