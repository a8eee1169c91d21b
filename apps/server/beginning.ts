/** How a consultation's list begins: who the person is, what is known already, and what they agreed to. */
import type { EventBody, ObservedFinding } from "../../src/index.ts";
import { DISCLAIMER } from "./log-messages.ts";
import type { Person } from "./protocol.ts";

export interface Beginning {
  /** Consent comes before the first question: where it is not given here, it is asked for in words. */
  readonly consented: boolean;
  /** Known before the first question. */
  readonly findings: readonly ObservedFinding[];
  /** That the words, redacted, may be used for training; goes with consent that is given here. */
  readonly training: boolean;
}

export function beginningOf(
  { age, sex }: Person,
  { consented, findings, training }: Beginning,
  versions: Readonly<Record<string, string>>,
): EventBody[] {
  const intake = { findings: [...findings], ...(age !== undefined && { age }), ...(sex && { sex }) };
  return [
    { type: "opened", intake, versions: { ...versions } },
    ...(consented ? [{ type: "consented", disclaimer: DISCLAIMER, ...(training && { training }) } as const] : []),
  ];
}
