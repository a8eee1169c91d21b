/** The foot of a dossier that was decided on: by whom, and on to the next. What was decided can be edited, not undone. */
import type { Dossier } from "./calls.ts";
import { agoText, DECISION_NAME } from "./words.ts";

interface Properties {
  readonly dossier: Dossier;
  readonly onEdit: () => void;
  readonly onNext: (() => void) | undefined;
}

export function Decided({ dossier: { entry, messages }, onEdit, onNext }: Properties) {
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
          <button type="button" className="secondary" onClick={onEdit}>
            Edit
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
