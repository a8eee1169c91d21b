/** Says what a decision will do, asks for what it needs, and has it confirmed. Escape goes back. */
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";

interface Properties {
  readonly question: string;
  readonly yes: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
  /** What will happen, and fields. */
  readonly children: ReactNode;
}

export function Asking({ question, yes, onYes, onNo, children }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onYes();
  };
  return (
    <dialog ref={dialog} className="confirmation" aria-labelledby={`${id}-q`} onClose={onNo}>
      <form onSubmit={submit}>
        <h2 id={`${id}-q`}>{question}</h2>
        {children}
        <div className="confirmation__choice">
          <button type="button" className="secondary" onClick={() => dialog.current?.close()}>
            Go back
          </button>
          <button type="submit" className="primary">
            {yes}
          </button>
        </div>
      </form>
    </dialog>
  );
}
