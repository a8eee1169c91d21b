/** The embedded phraser: the knowledge base's own questions, and a conclusion that says what to do next. */
import type { Act, Conclude, KnowledgeBase } from "../../src/index.ts";
import type { Phraser, SafetyOptions } from "./types.ts";
import { CONVERSATION_DISCLAIMER, nextStep } from "./wording.ts";

export function templatePhraser(base: KnowledgeBase, safety?: SafetyOptions): Phraser {
  const questions = new Map(base.findings.map(({ id, question }) => [id, question]));
  const words = (act: Act): string => {
    switch (act.type) {
      case "ask":
      case "examine":
        return act.text ?? (act.finding && questions.get(act.finding)) ?? act.finding!;
      case "conclude":
        return closing(act, safety);
      case "hand-off":
        return "I hand this conversation to a person.";
      default:
        return act satisfies never;
    }
  };
  return {
    name: "template",
    async *phrase(act) {
      yield words(act);
    },
  };
}

/** The patient's view of a conclusion: no list, no probabilities. */
function closing({ urgency, abstained }: Conclude, safety: SafetyOptions | undefined): string {
  return [
    "Thank you, I have no further questions.",
    ...(abstained || !urgency ? ["What you told me does not point one way; a clinician should look at it."] : []),
    ...(urgency ? [nextStep(urgency, safety)] : []),
    CONVERSATION_DISCLAIMER,
  ].join(" ");
}
