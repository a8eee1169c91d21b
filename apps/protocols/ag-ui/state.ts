/**
 * A consultation as AG-UI's shared state: what was understood, what is asked, how it ended; for clinicians the
 * differential. A fold of the messages that the audience may see; it is the server's alone, a client's changes are undone.
 */
import type { Audience, DifferentialView, LogMessage } from "../../server/protocol.ts";
import type { Session } from "../../server/session.ts";

type Told<Type extends LogMessage["type"]> = Extract<LogMessage, { type: Type }>;

export interface ConsultationState {
  readonly consultation: string;
  readonly consented: boolean;
  readonly ended: boolean;
  /** By finding. */
  readonly understood: Readonly<Record<string, Omit<Told<"understood">, "type" | "seq" | "finding" | "corrected">>>;
  /** By rule. */
  readonly redFlags: Readonly<Record<string, Pick<Told<"red-flag">, "urgency" | "message" | "emergencyNumber">>>;
  readonly conclusion: Pick<Told<"conclusion">, "urgency" | "text" | "abstained"> | null;
  readonly disclaimer: string;
  /** For clinicians. */
  readonly differential?: DifferentialView;
}

export function stateOf(session: Session, audience: Audience, disclaimer: string): ConsultationState {
  const understood: Record<string, ConsultationState["understood"][string]> = {};
  const redFlags: Record<string, ConsultationState["redFlags"][string]> = {};
  let consented = false;
  let conclusion: ConsultationState["conclusion"] = null;
  for (const message of session.messages(audience, 0)) {
    if (message.type === "consented") consented = true;
    else if (message.type === "understood") {
      const { type, seq, finding, corrected, ...observed } = message;
      understood[finding] = observed;
    } else if (message.type === "red-flag") {
      const { rule, urgency, message: warning, emergencyNumber } = message;
      redFlags[rule] = { urgency, message: warning, emergencyNumber };
    } else if (message.type === "conclusion") {
      const { urgency, text, abstained } = message;
      conclusion = { text, abstained, ...(urgency && { urgency }) };
    }
  }
  return {
    consultation: session.id,
    consented,
    ended: session.ended,
    understood,
    redFlags,
    conclusion,
    disclaimer,
    ...(audience === "clinician" && { differential: session.differential() }),
  };
}
