/** What a person's existing FHIR record says, before the first question: what it tells is not asked again. */
import type { ObservedFinding } from "../../src/index.ts";
import { FhirError, type NotUnderstood, priorFindings } from "../fhir/index.ts";
import { ServerError } from "./errors.ts";
import type { Person } from "./protocol.ts";
import type { RouteContext } from "./routes.ts";

export interface KnownBefore {
  readonly person: Person;
  readonly findings: readonly ObservedFinding[];
  /** What the record holds besides, for somebody to look at. */
  readonly notUnderstood: readonly NotUnderstood[];
}

/** What is given of the person by hand wins over the record. Throws `bad-message` on what is no record of one person. */
export function knownFrom(
  record: unknown,
  given: Person,
  { conversation, clock }: Pick<RouteContext, "conversation" | "clock">,
): KnownBefore {
  const { base, parts } = conversation;
  try {
    const { age, sex, findings, notUnderstood } = priorFindings(record, base, {
      asOf: clock.now(),
      lexicon: parts.lexicon,
    });
    const person = { ...(age !== undefined && { age }), ...(sex && { sex }), ...given };
    return { person, findings, notUnderstood };
  } catch (error) {
    if (error instanceof FhirError) throw new ServerError("bad-message", `record ${error.message}`, error);
    throw error;
  }
}
