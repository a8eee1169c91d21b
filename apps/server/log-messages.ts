/** Events as messages, one for one, for an audience: what a patient may not see is left out here and nowhere else. */
import {
  CONVERSATION_DISCLAIMER,
  localWarning,
  nextStep,
  OPENING,
  purposeOf,
  type Suggestion,
  suggestionsFor,
} from "../../agents/index.ts";
import { type ConsultationEvent, type ObservedFinding, spokenValue } from "../../src/index.ts";
import type { ServedConversation } from "./conversation.ts";
import { type DifferentialViewer, differentialViewer } from "./differential-view.ts";
import type { Audience, DifferentialView, LogMessage } from "./protocol.ts";

export const DISCLAIMER = CONVERSATION_DISCLAIMER;
const A_CLINICIAN = "A clinician";

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

type Concluded = Extract<ConsultationEvent, { type: "concluded" }>;
type Known = ReadonlyMap<string, ObservedFinding>;

export function projectionOf({ base, safety, differential }: ServedConversation): Projection {
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const view: DifferentialViewer = differentialViewer(base);

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

  const conclusion = ({ conclusion: act, text }: Concluded, audience: Audience, known: Known) => ({
    text: text ?? nextStep(act.urgency ?? "consultation", safety),
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
          return { type: "opened", seq, consultation, audience, disclaimer: DISCLAIMER, prompt: OPENING, ...person };
        }
        case "consented":
          return { type: "consented", seq, disclaimer: event.disclaimer };
        case "patient-said":
          return { type: "said", seq, text: event.text };
        case "attachment-received":
          return { type: "attachment", seq, attachment: event.attachment };
        case "agent-asked":
        case "agent-examined": {
          const kind = event.type === "agent-asked" ? "ask" : "examine";
          return { type: "question", seq, turn: event.turn, kind, text: event.text, ...inquiry(event.finding) };
        }
        case "agent-said":
          return { type: "reply", seq, text: event.text, ...inquiry(event.finding) };
        case "finding-observed":
        case "finding-corrected":
          return {
            type: "understood",
            seq,
            ...understood(event.observed),
            corrected: event.type === "finding-corrected",
          };
        case "red-flag-raised": {
          const { rule, urgency } = event;
          const { emergencyNumber = "112" } = safety;
          return {
            type: "red-flag",
            seq,
            rule,
            urgency,
            message: localWarning(event.message, safety),
            emergencyNumber,
          };
        }
        case "concluded":
          return { type: "conclusion", seq, ...conclusion(event, audience, known) };
        case "handed-off":
          return {
            type: "handed-off",
            seq,
            reason: event.reason,
            text: event.text ?? "I hand this conversation to a person.",
            disclaimer: DISCLAIMER,
          };
        case "abandoned":
          return { type: "abandoned", seq, reason: event.reason };
        case "fell-back":
          return audience === "clinician"
            ? { type: "fell-back", seq, part: event.part, reason: event.reason }
            : undefined;
        case "model-called": {
          if (audience === "patient") return undefined;
          const { part, input, output, cost } = event;
          return { type: "model-called", seq, part, input, output, cost };
        }
        case "reviewed": {
          const { reviewer, decision, note, summary, conclusion: changed } = event;
          if (audience === "patient")
            return decision === "returned" ? { type: "reviewed", seq, reviewer: A_CLINICIAN, decision } : undefined;
          return {
            type: "reviewed",
            seq,
            reviewer,
            decision,
            ...(note !== undefined && { note }),
            ...(summary !== undefined && { summary }),
            ...(changed && { differential: view(changed.differential, known) }),
          };
        }
        case "notified": {
          if (audience === "patient") return undefined;
          const { to, outcome, attempts, reason } = event;
          return { type: "notified", seq, to, outcome, attempts, ...(reason !== undefined && { reason }) };
        }
        default:
          return event satisfies never;
      }
    },
  };
}
