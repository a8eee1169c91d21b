/** The foot of a dossier that was decided on: by whom, what follows, and on to the next. */
import type { Dossier } from "./calls.ts";
import { agoText, DECISION_NAME } from "./words.ts";

interface Properties {
  readonly dossier: Dossier;
  /** Opens it for another decision. */
  readonly onAgain: () => void;
  readonly onNext: (() => void) | undefined;
}

export function Decided({ dossier: { entry, messages }, onAgain, onNext }: Properties) {
  const { review } = entry;
  const note = messages.findLast((message) => message.type === "reviewed")?.note;
  if (!review) return null;
  return (
    <>
      <p className="verdict__state" role="status">
        {DECISION_NAME[review.decision]} by {review.reviewer}, {agoText(review.time)}.
        {review.decision === "returned" && " The conversation is open again; it comes back here when it ends."}
        {note !== undefined && ` Note: ${note}`}
      </p>
      <div className="verdict__choice">
        {review.decision !== "returned" && (
          <button type="button" className="secondary" onClick={onAgain}>
            Decide again
          </button>
        )}
        {onNext && (
          <button type="button" className="primary" onClick={onNext}>
            Next that waits
          </button>
        )}
      </div>
    </>
  );
}
