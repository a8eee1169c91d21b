/** The foot of a dossier: confirm it, save what was edited, or return it to the person; each asks first and says what follows. */
import { useId, useState } from "react";
import { Asking } from "./asking.tsx";
import type { Review } from "./calls.ts";
import { type Draft, editsOf } from "./draft.ts";

interface Properties {
  readonly draft: Draft;
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

export function Decision({ draft, isEditing, fault, isBusy, onEdit, onUndo, onMessage, onDecide }: Properties) {
  const [asked, setAsked] = useState<Review["decision"]>();
  const edits = editsOf(draft);
  const hasNoCondition = draft.ranking?.length === 0;
  const decide = (decision: Review["decision"]): void => {
    setAsked(undefined);
    onDecide(decision);
  };
  return (
    <>
      <div className="verdict__state">
        <p role="status">
          {edits.length > 0
            ? `Changed: ${edits.join(", ")}. Not saved yet.`
            : isEditing
              ? "Nothing is changed yet."
              : ""}
        </p>
        {fault !== undefined && (
          <p className="field__fault" role="alert">
            {fault}
          </p>
        )}
      </div>
      <div className="verdict__choice">
        <button type="button" className="secondary" disabled={isBusy} onClick={() => setAsked("returned")}>
          Return to the person
        </button>
        {isEditing ? (
          <button type="button" className="secondary" disabled={isBusy} onClick={onUndo}>
            {edits.length > 0 ? "Discard edits" : "Stop editing"}
          </button>
        ) : (
          <button type="button" className="secondary" disabled={isBusy} onClick={onEdit}>
            Edit
          </button>
        )}
        {edits.length > 0 ? (
          <button
            type="button"
            className="primary"
            disabled={isBusy || hasNoCondition}
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
      {asked === "confirmed" && (
        <Asking
          question="Confirm it as it stands?"
          yes="Confirm"
          onYes={() => decide(asked)}
          onNo={() => setAsked(undefined)}
        >
          <p className="confirmation__text">
            It is recorded under your name that you agree with the summary, the differential and the urgency. The person
            is not told. It moves to those decided.
          </p>
        </Asking>
      )}
      {asked === "edited" && (
        <Asking
          question="Save your edits?"
          yes="Save edits"
          onYes={() => decide(asked)}
          onNo={() => setAsked(undefined)}
        >
          <p className="confirmation__text">
            You changed: {edits.join(", ")}. Your version is recorded under your name and stands from now on; the
            agent's stays in the record. The person is not told. It moves to those decided.
          </p>
        </Asking>
      )}
      {asked === "returned" && (
        <Asking
          question="Return it to the person?"
          yes="Return it"
          onYes={() => draft.message.trim() !== "" && decide(asked)}
          onNo={() => setAsked(undefined)}
        >
          <p className="confirmation__text">
            The conversation opens again, and the person is asked this in your words, without your name. It comes back
            here when it ends again.{edits.length > 0 && " Your edits are not sent with it and are lost."}
          </p>
          <Message message={draft.message} onChange={onMessage} />
        </Asking>
      )}
    </>
  );
}

function Message({ message, onChange }: { readonly message: string; readonly onChange: (message: string) => void }) {
  const id = useId();
  return (
    <div className="field message">
      <label htmlFor={id}>What to ask the person</label>
      <textarea
        id={id}
        required
        rows={3}
        maxLength={2_000}
        value={message}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <p id={`${id}-hint`} className="field__hint">
        The person reads it as it stands here.
      </p>
    </div>
  );
}
