/**
 * Suggested answers. Arrow keys move between them and a digit chooses one, as long as the focus is among them: elsewhere
 * a digit may be the beginning of what somebody says.
 */
import type { KeyboardEvent, Ref } from "react";
import type { Suggestion } from "../client/index.ts";

interface Properties {
  /** The group; it can be focused itself, so that the next question's answers are at hand. */
  readonly ref: Ref<HTMLFieldSetElement>;
  readonly suggestions: readonly Suggestion[];
  readonly onChoose: (suggestion: Suggestion) => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function Suggestions({ ref, suggestions, onChoose }: Properties) {
  const heed = (event: KeyboardEvent<HTMLFieldSetElement>): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const chosen = /^[1-9]$/.test(event.key) ? suggestions[Number(event.key) - 1] : undefined;
    const step = STEPS[event.key];
    if (chosen) onChoose(chosen);
    else if (step !== undefined) {
      const buttons = [...event.currentTarget.querySelectorAll("button")];
      const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
      const next = at < 0 ? (step > 0 ? 0 : -1) : (at + step) % buttons.length;
      buttons.at(next)?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <fieldset className="suggestions" ref={ref} tabIndex={-1} onKeyDown={heed}>
      <legend className="unseen">Suggested answers</legend>
      {suggestions.map((suggestion, index) => (
        <button
          key={suggestion.label}
          type="button"
          className="suggestion"
          aria-keyshortcuts={index < 9 ? String(index + 1) : undefined}
          onClick={() => onChoose(suggestion)}
        >
          {index < 9 && (
            <span className="suggestion__key" aria-hidden="true">
              {index + 1}
            </span>
          )}
          {suggestion.label}
        </button>
      ))}
    </fieldset>
  );
}
