/** The events of a consultation, rebuilt from an interview's compact record by putting its questions again, in words. */

import type { Patient } from "../simulators/index.ts";
import {
  type AgentCore,
  type ConsultationEvent,
  inquiryAbout,
  type KnowledgeBase,
  type ObservedFinding,
} from "../src/index.ts";
import { type ConsultOptions, consult } from "./consult.ts";
import type { InterviewRecord } from "./interview.ts";

/** `patient` must be the one that was interviewed: the same case, persona and seed. */
export function transcribe(
  record: InterviewRecord,
  versions: Readonly<Record<string, string>>,
  patient: Patient,
  options: Omit<ConsultOptions, "budget">,
): Promise<ConsultationEvent[]> {
  return consult(playback(record, versions, options.base), patient, { ...options, budget: record.turns.length });
}

/** An agent that does what the record says. */
function playback(record: InterviewRecord, versions: AgentCore["versions"], base: KnowledgeBase): AgentCore<null> {
  const kinds = new Map(base.findings.map(({ id, kind }) => [id, kind]));
  return {
    name: "playback",
    versions,
    open: () => null,
    observe: (belief: null, _observed: ObservedFinding) => belief,
    decide(_belief, { asked }) {
      const next = record.turns[asked];
      if (next) return inquiryAbout(next.finding, kinds.get(next.finding)!);
      return record.handOff ? { type: "hand-off", reason: record.handOff } : record.conclusion;
    },
  };
}
