/** Says what a decision will do, asks for what it needs, and has it confirmed. Escape goes back. */
import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef } from "react";

interface Properties {
  readonly question: string;
  readonly yes: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
  /** What will happen. */
  readonly consequence: ReactNode;
  /** Fields. */
  readonly children?: ReactNode;
}

export function Asking({ question, consequence, yes, onYes, onNo, children }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    // Closed while it is still there, so that the focus goes back to where it came from.
    return () => current?.close();
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onYes();
  };
  // `close` comes late, and without `cancel` where the browser closed it by itself.
  const leave = (): void => {
    if (dialog.current) onNo();
  };
  return (
    <dialog
      ref={dialog}
      className="confirmation"
      aria-labelledby={`${id}-q`}
      aria-describedby={`${id}-c`}
      onCancel={onNo}
      onClose={leave}
    >
      <form onSubmit={submit}>
        <h2 id={`${id}-q`}>{question}</h2>
        <p id={`${id}-c`} className="confirmation__text">
          {consequence}
        </p>
        {children}
        <div className="confirmation__choice">
          <button type="button" className="secondary" onClick={onNo}>
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
