/** The foot of a dossier: confirm it, save what was edited, or return it to the person; each asks first and says what follows. */
import { useState } from "react";
import { Asking } from "./asking.tsx";
import type { Review } from "./calls.ts";
import { type Draft, editsOf } from "./draft.ts";
import { MessageField } from "./fields.tsx";

interface Properties {
  readonly draft: Draft;
  /** Nobody decided on it. What was decided can only be edited. */
  readonly waits: boolean;
  readonly isEditing: boolean;
  /** Why the last decision could not be made. */
  readonly fault: string | undefined;
  /** A decision is under way. */
  readonly isBusy: boolean;
  readonly onEdit: () => void;
  /** Throws the edits away. */
  readonly onUndo: () => void;
  readonly onMessage: (message: string) => void;
  readonly onDecide: (decision: Review["decision"]) => void;
}

type Step = Review["decision"] | "undone";

const WORDS: Readonly<Record<Step, { readonly question: string; readonly yes: string }>> = {
  confirmed: { question: "Confirm it as it stands?", yes: "Confirm" },
  edited: { question: "Save your edits?", yes: "Save edits" },
  returned: { question: "Return it to the person?", yes: "Return it" },
  undone: { question: "Discard your edits?", yes: "Discard them" },
};

function consequenceOf(step: Step, edits: readonly string[]): string {
  const changed = `You changed: ${edits.join(", ")}.`;
  switch (step) {
    case "confirmed":
      return "It is recorded under your name that you agree with the summary, the differential and the urgency. The person is not told; a connected system is. It moves to those decided.";
    case "edited":
      return `${changed} Your version is recorded under your name and stands from now on; the agent's stays in the record. The person is not told; a connected system is. It moves to those decided.`;
    case "returned": {
      const lost = edits.length > 0 ? ` ${changed} That is not sent along, and is lost.` : "";
      return `The conversation opens again, and the person is asked this in your words, without your name. It comes back here when it ends again.${lost}`;
    }
    case "undone":
      return `${changed} It stands again as it was. Your note is kept.`;
    default:
      return step satisfies never;
  }
}

export function Decision({ draft, waits, isEditing, fault, isBusy, onEdit, onUndo, onMessage, onDecide }: Properties) {
  const [asked, setAsked] = useState<Step>();
  const edits = editsOf(draft);
  const hasNoCondition = draft.ranking?.length === 0;
  const decide = (decision: Review["decision"]): void => {
    if (decision === "returned" && draft.message.trim() === "") return;
    setAsked(undefined);
    onDecide(decision);
  };
  const undo = (): void => {
    setAsked(undefined);
    onUndo();
  };
  return (
    <>
      <div className="verdict__state">
        <p role="status">{stateText(draft, isEditing)}</p>
        {fault !== undefined && (
          <p className="field__fault" role="alert">
            {fault}
          </p>
        )}
      </div>
      <div className="verdict__choice">
        {waits && (
          <button type="button" className="secondary" disabled={isBusy} onClick={() => setAsked("returned")}>
            Return to the person
          </button>
        )}
        <button
          type="button"
          className="secondary"
          disabled={isBusy}
          onClick={isEditing ? (edits.length > 0 ? () => setAsked("undone") : undo) : onEdit}
        >
          {isEditing ? (edits.length > 0 ? "Discard edits" : "Stop editing") : "Edit"}
        </button>
        {edits.length > 0 || !waits ? (
          <button
            type="button"
            className="primary"
            disabled={isBusy || hasNoCondition || edits.length === 0}
            onClick={() => setAsked("edited")}
          >
            Save edits
          </button>
        ) : (
          <button type="button" className="primary" disabled={isBusy} onClick={() => setAsked("confirmed")}>
            Confirm
          </button>
        )}
      </div>
      {asked && (
        <Asking
          {...WORDS[asked]}
          consequence={consequenceOf(asked, edits)}
          onYes={() => (asked === "undone" ? undo() : decide(asked))}
          onNo={() => setAsked(undefined)}
        >
          {asked === "returned" && <MessageField text={draft.message} onChange={onMessage} />}
        </Asking>
      )}
    </>
  );
}

function stateText(draft: Draft, isEditing: boolean): string {
  const edits = editsOf(draft);
  if (edits.length === 0) return isEditing ? "Nothing is changed yet." : "";
  const { summary, ranking, urgency } = draft;
  // The server words anew only what nobody worded.
  const lags =
    (ranking ?? urgency) !== undefined && Object.keys(summary).length > 0 && summary.assessment === undefined;
  return `Changed: ${edits.join(", ")}. Not saved yet.${lags ? " The words of the assessment stay as they are." : ""}`;
}
