/** Asks before a conversation is left or deleted. Escape says no. */
import { useEffect, useId, useRef } from "react";

interface Properties {
  readonly question: string;
  readonly consequence: string;
  readonly yes: string;
  /** It cannot be taken back. */
  readonly isFinal?: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export function Confirmation({ question, consequence, yes, isFinal = false, onYes, onNo }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="confirmation"
      aria-labelledby={`${id}-q`}
      aria-describedby={`${id}-c`}
      onClose={onNo}
    >
      <h2 id={`${id}-q`}>{question}</h2>
      <p id={`${id}-c`} className="confirmation__text">
        {consequence}
      </p>
      <div className="confirmation__choice">
        <button type="button" className="secondary" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button type="button" className={isFinal ? "primary primary--final" : "primary"} onClick={onYes}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
