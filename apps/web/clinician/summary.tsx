/** The summary in its four sections: to be read, or to be changed. */
import { useId } from "react";
import { PARTS } from "../../handover/soap.ts";
import type { Dossier } from "./calls.ts";
import type { Draft, Part } from "./draft.ts";

interface Properties {
  readonly summary: Dossier["summary"];
  readonly changed: Draft["summary"];
  readonly isEditing: boolean;
  readonly onChange: (part: Part, text: string) => void;
}

const HEADING: Readonly<Record<Part, string>> = {
  subjective: "Subjective",
  objective: "Objective",
  assessment: "Assessment",
  plan: "Plan",
};

export function Summary({ summary, changed, isEditing, onChange }: Properties) {
  const id = useId();
  return (
    <section className="soap" aria-labelledby={id}>
      <h2 id={id}>Summary</h2>
      {PARTS.map((part) => {
        const text = changed[part] ?? summary[part];
        const isChanged = changed[part] !== undefined;
        return (
          <div key={part} className="soap__section" data-changed={isChanged}>
            {isEditing ? (
              <>
                <label htmlFor={`${id}-${part}`}>
                  {HEADING[part]}
                  {isChanged && <span className="changed">changed</span>}
                </label>
                <textarea
                  id={`${id}-${part}`}
                  value={text}
                  rows={3}
                  maxLength={4_900}
                  onChange={({ currentTarget }) => onChange(part, currentTarget.value)}
                />
              </>
            ) : (
              <>
                <h3>{HEADING[part]}</h3>
                <p className="soap__text">{text === "" ? "Nothing was noted." : text}</p>
              </>
            )}
          </div>
        );
      })}
    </section>
  );
}
