/** The foot of the page: confirm, send corrections, or reject with a reason. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { type Draft, draftText, isEmpty } from "./draft.ts";

interface Properties {
  readonly draft: Draft;
  /** Why the last decision could not be made. */
  readonly fault: string | undefined;
  /** A decision is under way. */
  readonly isBusy: boolean;
  /** Confirms, or sends what was corrected. */
  readonly onSend: () => void;
  readonly onUndo: () => void;
  readonly onReject: (reason: string) => void;
}

export function Decision({ draft, fault, isBusy, onSend, onUndo, onReject }: Properties) {
  const [isRejecting, setRejecting] = useState(false);
  const hasDraft = !isEmpty(draft);
  return (
    <section className="decision" id="decision" tabIndex={-1} aria-label="Decision">
      <div className="decision__column">
        <div className="decision__state">
          <p role="status">
            {hasDraft ? `${draftText(draft)}.` : "Nothing is changed."}
            {hasDraft && <span className="decision__hint"> The trainer shows the new advantages before the step.</span>}
          </p>
          {fault !== undefined && (
            <p className="field__fault" role="alert">
              {fault}
            </p>
          )}
        </div>
        <div className="decision__choice">
          <button
            type="button"
            className="secondary secondary--final"
            disabled={isBusy}
            onClick={() => setRejecting(true)}
          >
            Reject
          </button>
          {hasDraft && (
            <button type="button" className="secondary" disabled={isBusy} onClick={onUndo}>
              Undo
            </button>
          )}
          <button type="button" className="primary" disabled={isBusy} onClick={onSend}>
            {hasDraft ? "Send corrections" : "Confirm step"}
          </button>
        </div>
      </div>
      {isRejecting && (
        <Rejection
          onNo={() => setRejecting(false)}
          onYes={(reason) => {
            setRejecting(false);
            onReject(reason);
          }}
        />
      )}
    </section>
  );
}

function Rejection({ onYes, onNo }: { readonly onYes: (reason: string) => void; readonly onNo: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const reason = new FormData(event.currentTarget).get("reason");
    if (typeof reason === "string" && reason.trim() !== "") onYes(reason.trim());
  };
  return (
    <dialog ref={dialog} className="confirmation" aria-labelledby={`${id}-q`} onClose={onNo}>
      <form onSubmit={submit}>
        <h2 id={`${id}-q`}>Reject the whole batch?</h2>
        <p className="confirmation__text">No step is taken on it. The run goes on with the next batch.</p>
        <div className="field rejection__reason">
          <label htmlFor={`${id}-reason`}>Reason</label>
          <textarea id={`${id}-reason`} name="reason" required maxLength={1_000} rows={3} />
        </div>
        <div className="confirmation__choice">
          <button type="button" className="secondary" onClick={() => dialog.current?.close()}>
            Keep it
          </button>
          <button type="submit" className="primary primary--final">
            Reject it
          </button>
        </div>
      </form>
    </dialog>
  );
}
