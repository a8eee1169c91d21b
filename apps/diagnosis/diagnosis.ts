/** The next question, and for clinicians the differential, of what a request holds. */
import { CONVERSATION_DISCLAIMER } from "../../agents/index.ts";
import type { Differential } from "../../src/index.ts";
import { listedOf } from "../server/differential-view.ts";
import type { Audience } from "../server/protocol.ts";
import { flagsTold, isEmergency } from "./levels.ts";
import { questionAbout } from "./question.ts";
import { outlookOf, type Reasoner } from "./reasoner.ts";
import type { DiagnosisAnswer, DiagnosisRequest } from "./types.ts";

export function diagnose(reasoner: Reasoner, request: DiagnosisRequest, audience: Audience): DiagnosisAnswer {
  const { base, safety } = reasoner;
  const { next, conclusion, raised } = outlookOf(reasoner, request);
  return {
    question: next ? questionAbout(base, next) : null,
    ...(audience === "clinician" && ranked(reasoner, conclusion.differential)),
    should_stop: next === undefined,
    has_emergency_evidence: raised.some(({ urgency }) => isEmergency(urgency)),
    red_flags: flagsTold(raised, safety),
    disclaimer: CONVERSATION_DISCLAIMER,
  };
}

function ranked(
  { base }: Reasoner,
  differential: Differential,
): Required<Pick<DiagnosisAnswer, "conditions" | "other_probability">> {
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const { listed, other } = listedOf(differential);
  const conditions = listed.map(({ condition: id, probability }) => ({
    id,
    name: names.get(id) ?? id,
    probability: rounded(probability),
  }));
  return { conditions, other_probability: rounded(other) };
}

/** Four digits, as a client expects them. */
export function rounded(x: number): number {
  return Math.round(x * 10_000) / 10_000;
}
