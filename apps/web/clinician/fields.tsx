/** What a clinician fills in beside the summary and the ranking: the urgency, a note, the words to the person. */
import { type RefObject, useId } from "react";
import { URGENCIES, type Urgency } from "../../../src/index.ts";
import { URGENCY_NAME } from "./words.ts";

interface UrgencyProperties {
  readonly ref: RefObject<HTMLSelectElement | null>;
  /** Undefined where nobody told one. */
  readonly urgency: Urgency | undefined;
  readonly onChange: (urgency: Urgency) => void;
}

export function UrgencyField({ ref, urgency, onChange }: UrgencyProperties) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Urgency</label>
      <select
        id={id}
        ref={ref}
        value={urgency ?? ""}
        onChange={({ currentTarget }) => onChange(currentTarget.value as Urgency)}
      >
        {urgency === undefined && (
          <option value="" disabled>
            Not told
          </option>
        )}
        {URGENCIES.map((each) => (
          <option key={each} value={each}>
            {URGENCY_NAME[each]}
          </option>
        ))}
      </select>
    </div>
  );
}

interface WordsProperties {
  readonly text: string;
  readonly onChange: (text: string) => void;
}

export function NoteField({ text, onChange }: WordsProperties) {
  return (
    <Words
      label="Note (optional)"
      hint="For other clinicians, recorded with your decision. The person does not see it."
      longest={4_000}
      text={text}
      onChange={onChange}
    />
  );
}

export function MessageField({ text, onChange }: WordsProperties) {
  return (
    <Words
      label="What to ask the person"
      hint="The person reads it as it stands here."
      longest={2_000}
      isRequired
      text={text}
      onChange={onChange}
    />
  );
}

interface Words extends WordsProperties {
  readonly label: string;
  readonly hint: string;
  /** In characters. */
  readonly longest: number;
  readonly isRequired?: boolean;
}

function Words({ label, hint, longest, isRequired = false, text, onChange }: Words) {
  const id = useId();
  return (
    <div className="field words">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={2}
        required={isRequired}
        maxLength={longest}
        value={text}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <p id={`${id}-hint`} className="field__hint">
        {hint}
      </p>
    </div>
  );
}
