/** What is asked over HTTP, request by request, is what the agent's core asks in process, and it ends with the same list. */
import { describe, expect, test } from "vitest";
import type { DiagnosisAnswer, EvidenceItem } from "../../../apps/diagnosis/types.ts";
import { servedConversation } from "../../../apps/server/conversation.ts";
import { runInterview } from "../../../environments/index.ts";
import { type CodedPatient, caseSampler, patientFor } from "../../../simulators/index.ts";
import type { Intake, ObservedFinding } from "../../../src/index.ts";
import { serving } from "../server/serving.ts";
import { BUDGET, base, core, evidenceOf, lexicon } from "./starter.ts";

const sample = caseSampler(base);
const conversation = servedConversation(base, core, { budget: BUDGET, lexicon });

interface Driven {
  readonly asked: readonly string[];
  readonly last: DiagnosisAnswer;
}

/** Asks until told to stop. `itemwise`: answers as a client does that knows ids and choices and nothing else. */
async function drive(
  url: string,
  intake: Required<Pick<Intake, "age" | "sex" | "findings">>,
  patient: CodedPatient,
  { itemwise = false, on_red_flag = "stop" },
): Promise<Driven> {
  const evidence = intake.findings.map((observed) => evidenceOf(observed, "initial"));
  const asked: string[] = [];
  for (;;) {
    const body = { sex: intake.sex, age: { value: intake.age }, evidence, extras: { on_red_flag } };
    const response = await fetch(`${url}/v1/diagnosis`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as DiagnosisAnswer;
    expect(response.status, JSON.stringify(answer)).toBe(200);
    const { question } = answer;
    if (!question) return { asked, last: answer };
    const id = question.items[0]!.id.split("=")[0]!;
    asked.push(id);
    const truth = patient.truth(id);
    evidence.push(...(itemwise ? itemsOf(question, truth) : [evidenceOf(truth, "question")]));
  }
}

function itemsOf({ items }: NonNullable<DiagnosisAnswer["question"]>, truth: ObservedFinding): EvidenceItem[] {
  return items.map(({ id, choices }): EvidenceItem => {
    const value = id.split("=")[1];
    const state =
      truth.state !== "present" || value === undefined
        ? truth.state
        : truth.values?.includes(value)
          ? "present"
          : "absent";
    expect(choices.map((choice) => choice.id)).toContain(state);
    return { id, choice_id: state };
  });
}

describe("driven over HTTP, question by question", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])("patient %i is asked and diagnosed as in process", async (index) => {
    const limits = { requestsAtOnce: 10_000, drainMs: 200 };
    const { url } = await serving({ conversation, audience: "clinician", limits });
    const each = sample(11, index);
    const patient = patientFor({ case: each, base, lexicon, seed: 1 });
    const intake = { age: each.age!, sex: each.sex!, findings: each.opening.map((id) => patient.truth(id)) };
    for (const onRedFlag of ["stop", "record"] as const) {
      const record = runInterview(core, patient, intake, {
        budget: BUDGET,
        seed: "another",
        redFlags: base.redFlags,
        onRedFlag,
      });
      for (const itemwise of [false, true]) {
        const { asked, last } = await drive(url, intake, patient, { itemwise, on_red_flag: onRedFlag });
        expect(asked).toEqual(record.turns.map(({ finding }) => finding));
        const { entries } = record.conclusion.differential;
        const listed = last.conditions!.map(({ id, probability }) => [id, probability]);
        expect(listed.length).toBeGreaterThan(0);
        expect(listed).toEqual(
          entries
            .slice(0, listed.length)
            .map(({ condition, probability }) => [condition, Math.round(probability * 10_000) / 10_000]),
        );
        expect(new Set(last.red_flags.map(({ id }) => id))).toEqual(
          new Set(record.redFlags.map(({ rule }) => rule.id)),
        );
      }
    }
  });
});
