/** Events as messages, one for one, for an audience: what a patient may not see is left out here and nowhere else. */
import {
  CONVERSATION_DISCLAIMER,
  crisisWords,
  purposeOf,
  type SafetyOptions,
  type Suggestion,
  suggestionsFor,
  templatePhraser,
} from "../../agents/index.ts";
import {
  type Conclude,
  type ConsultationEvent,
  type KnowledgeBase,
  type ObservedFinding,
  spokenValue,
  URGENCIES,
} from "../../src/index.ts";
import type { ServedConversation } from "./conversation.ts";
import { type DifferentialViewer, differentialViewer } from "./differential-view.ts";
import type { Audience, DifferentialView, LogMessage } from "./protocol.ts";

export const DISCLAIMER = CONVERSATION_DISCLAIMER;
const PROMPT = "Please tell me in a few words what troubles you most.";

export interface Projection {
  /** Undefined where the audience may not see the event. `known`: for a clinician's conclusion. */
  message(event: ConsultationEvent, audience: Audience, known: Known): LogMessage | undefined;
  inquiry(finding: string | undefined): {
    readonly finding?: string;
    readonly purpose?: string;
    readonly suggestions: Suggestion[];
  };
  differential(events: readonly ConsultationEvent[], known: Known): DifferentialView;
}

type Known = ReadonlyMap<string, ObservedFinding>;

export async function projectionOf({ base, safety, differential }: ServedConversation): Promise<Projection> {
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const view: DifferentialViewer = differentialViewer(base);
  const closings = await closingWords(base, safety);

  // The same for everybody, and asked for at every turn.
  const inquiries = new Map(
    base.findings.map((finding) => {
      const purpose = purposeOf(base, finding);
      return [finding.id, { finding: finding.id, purpose, suggestions: suggestionsFor(finding) }] as const;
    }),
  );
  const inquiry: Projection["inquiry"] = (id) => inquiries.get(id ?? "") ?? { suggestions: [] };

  const understood = ({ finding: id, state, values, number }: ObservedFinding) => {
    const finding = findings.get(id);
    const named = values?.map((value) => spokenValue(finding?.values.find((each) => each.id === value)?.name ?? value));
    return {
      finding: id,
      name: finding?.name ?? id,
      state,
      ...(named && { values: named }),
      ...(number !== undefined && { number }),
      ...(number !== undefined && finding?.unit !== undefined && { unit: finding.unit }),
    };
  };

  const conclusion = (act: Conclude, audience: Audience, known: Known) => ({
    text: closings.get(closingKey(act))!,
    abstained: act.abstained,
    disclaimer: DISCLAIMER,
    ...(act.urgency && { urgency: act.urgency }),
    ...(audience === "clinician" && {
      differential: view(act.differential, known),
      ...(act.reason && { reason: act.reason }),
    }),
  });

  return {
    inquiry,
    differential: (events, known) => view(differential(events), known),
    message(event, audience, known) {
      const seq = event.seq + 1;
      switch (event.type) {
        case "opened": {
          const { age, sex } = event.intake;
          const person = { ...(age !== undefined && { age }), ...(sex && { sex }) };
          const { consultation } = event;
          return { type: "opened", seq, consultation, audience, disclaimer: DISCLAIMER, prompt: PROMPT, ...person };
        }
        case "consented":
          return { type: "consented", seq, disclaimer: event.disclaimer };
        case "patient-said":
          return { type: "said", seq, text: event.text };
        case "agent-asked":
        case "agent-examined": {
          const kind = event.type === "agent-asked" ? "ask" : "examine";
          return { type: "question", seq, turn: event.turn, kind, text: event.text, ...inquiry(event.finding) };
        }
        case "finding-observed":
        case "finding-corrected":
          return {
            type: "understood",
            seq,
            ...understood(event.observed),
            corrected: event.type === "finding-corrected",
          };
        case "red-flag-raised": {
          const { rule, urgency, message } = event;
          return { type: "red-flag", seq, rule, urgency, message, emergencyNumber: safety.emergencyNumber ?? "112" };
        }
        case "concluded":
          return { type: "conclusion", seq, ...conclusion(event.conclusion, audience, known) };
        case "handed-off":
          return {
            type: "handed-off",
            seq,
            reason: event.reason,
            text: event.reason === "self-harm" ? crisisWords(safety) : "I hand this conversation to a person.",
            disclaimer: DISCLAIMER,
          };
        case "abandoned":
          return { type: "abandoned", seq, reason: event.reason };
        case "fell-back":
          return audience === "clinician"
            ? { type: "fell-back", seq, part: event.part, reason: event.reason }
            : undefined;
        case "reviewed": {
          if (audience === "patient") return undefined;
          const { reviewer, decision, note } = event;
          return { type: "reviewed", seq, reviewer, decision, ...(note !== undefined && { note }) };
        }
        default:
          return event satisfies never;
      }
    },
  };
}

const closingKey = ({ urgency, abstained }: Pick<Conclude, "urgency" | "abstained">): string =>
  `${urgency ?? ""} ${abstained}`;

/** What to do next, by urgency, whoever phrased the conversation: the same words whenever a conclusion is told again. */
async function closingWords(base: KnowledgeBase, safety: SafetyOptions): Promise<Map<string, string>> {
  const phraser = templatePhraser(base, safety);
  const words = new Map<string, string>();
  for (const urgency of [...URGENCIES, undefined]) {
    for (const abstained of [true, false]) {
      const act: Conclude = {
        type: "conclude",
        differential: { entries: [], other: 1 },
        abstained,
        ...(urgency && { urgency }),
      };
      let text = "";
      for await (const piece of phraser.phrase(act, { message: "", intent: "answer" })) text += piece;
      words.set(closingKey(act), text);
    }
  }
  return words;
}
