/** Why a question is asked: a tooltip, on hover, on focus and on a tap; Escape hides it. */
import { type KeyboardEvent, useId, useState } from "react";

export function Purpose({ text }: { readonly text: string }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const heed = ({ key }: KeyboardEvent): void => {
    if (key === "Escape") setOpen(false);
  };
  return (
    <div className="purpose" onPointerEnter={() => setOpen(true)} onPointerLeave={() => setOpen(false)}>
      <button
        type="button"
        className="purpose__mark"
        aria-describedby={id}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={heed}
      >
        Why this question?
      </button>
      <span role="tooltip" id={id} className="purpose__text" hidden={!isOpen}>
        {text}
      </span>
    </div>
  );
}
