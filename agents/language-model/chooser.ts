/**
 * A chooser with a language model: it picks the next question, or names the differential. It is given findings as
 * they were understood and never a person's words; what it picks must be on the list it was given, and how soon to be
 * seen is at least what the core's own belief says. Where the model fails, the core decides.
 */
import { z } from "zod";
import {
  type Act,
  appliesTo,
  type Conclude,
  type Finding,
  inquiryAbout,
  isTold,
  type KnowledgeBase,
  mostUrgent,
  type ObservedFinding,
  rankDifferential,
  urgenciesOf,
  urgencyOf,
} from "../../src/index.ts";
import type { Chooser, ChoosingContext } from "../conversation/types.ts";
import { AgentError } from "../errors.ts";
import { type Caller, structuredCall } from "./calling.ts";

export const CHOOSING_PROMPT = `You choose the next step of a medical history. You are given one JSON object: \`patient\`, age and sex; \`known\`, what is known; \`left\`, how many questions may still be asked; \`questions\`, the ids of findings that can be asked about; \`conditions\`, the ids and names of those that may be named.
Ask what best tells the likely conditions apart and rules out dangerous ones. Name the differential when nothing left to ask would change it, or when \`left\` is 0.
Answer with one JSON object and nothing else, either
{"ask": ID} with an id from \`questions\`, or
{"differential": [{"condition": ID, "probability": NUMBER}]} with ids from \`conditions\`, likeliest first; the probabilities sum to at most 1, and what is missing stands for everything else.`;

const Choice = z.union([
  z.strictObject({ ask: z.string().max(200) }),
  z.strictObject({
    differential: z
      .array(z.strictObject({ condition: z.string().max(200), probability: z.number().min(0).max(1) }))
      .min(1)
      .max(200),
  }),
]);

/** Throws nothing of the model's: what fails is reported as `fell-back`. */
export function languageModelChooser(base: KnowledgeBase, call: Caller): Chooser {
  const urgencies = urgenciesOf(base);
  const conditions = base.conditions.map(({ id, name }) => ({ id, name }));
  const ids = new Set(base.conditions.map(({ id }) => id));

  const concluded = (listed: readonly { condition: string; probability: number }[], own: Act): Conclude => {
    const entries = listed.filter(({ condition }) => ids.has(condition));
    const total = entries.reduce((sum, { probability }) => sum + probability, 0);
    const differential = rankDifferential(
      entries.map(({ condition }) => condition),
      entries.map(({ probability }) => probability),
      Math.max(0, 1 - total),
    );
    const stated = urgencyOf(differential, urgencies);
    const believed = own.type === "conclude" ? own.urgency : undefined;
    const urgency = stated && believed ? mostUrgent(stated, believed) : (stated ?? believed);
    return { type: "conclude", differential, abstained: false, ...(urgency && { urgency }) };
  };

  return {
    name: "language-model",
    async choose(context, signal) {
      const { consultation, spent, report, intake, known, left } = context;
      const offered = left > 0 ? base.findings.filter((finding) => mayAsk(finding, context)) : [];
      const situation = {
        patient: { age: intake.age, sex: intake.sex },
        known: [...known.values()].flatMap((observed) => described(base, observed)),
        left,
        questions: offered.map(({ id }) => id),
        conditions,
      };
      try {
        const prompt = { system: CHOOSING_PROMPT, user: JSON.stringify(situation) };
        const asides = { consultation, spent, report, part: "chooser" };
        const choice = await structuredCall(call, Choice, prompt, { ...asides, signal });
        if ("differential" in choice) {
          const doubled = new Set(choice.differential.map(({ condition }) => condition)).size;
          const isFit = doubled === choice.differential.length && choice.differential.some(isLikely(ids));
          if (isFit) return concluded(choice.differential, context.core(0));
        } else {
          const finding = offered.find(({ id }) => id === choice.ask);
          if (finding) return inquiryAbout(finding.id, finding.kind);
        }
        report?.({ type: "fell-back", part: "chooser", reason: "not-offered" });
      } catch (error) {
        if (signal?.aborted || !(error instanceof AgentError)) throw error;
        report?.({ type: "fell-back", part: "chooser", reason: error.code });
      }
      return context.core(left);
    },
  };
}

const isLikely =
  (ids: ReadonlySet<string>) =>
  ({ condition, probability }: { condition: string; probability: number }): boolean =>
    ids.has(condition) && probability > 0;

/** Told by the patient, not known yet, and of this person. */
function mayAsk(finding: Finding, { known, asked, intake }: ChoosingContext): boolean {
  const { id, kind, parent } = finding;
  const isOpen = parent === undefined || known.get(parent)?.state === "present";
  return isTold(kind) && isOpen && !known.has(id) && !asked.has(id) && appliesTo(finding, intake);
}

function described(base: KnowledgeBase, { finding: id, state, values, number }: ObservedFinding) {
  const finding = base.findings.find((each) => each.id === id);
  if (!finding) return [];
  const names = values?.map((value) => finding.values.find((each) => each.id === value)?.name ?? value);
  return [{ name: finding.name, state, ...(names && { values: names }), ...(number !== undefined && { number }) }];
}
