/** One trajectory: its reward to be changed, its advantage as figure and bar, how it ended, and on demand its transcript. */
import { useId, useState } from "react";
import { endText, figureText, plural, type ShownTrajectory, signedText } from "../../server/review-view.ts";
import { type Edit, fieldText, rewardOf } from "./draft.ts";

interface Properties {
  readonly trajectory: ShownTrajectory;
  readonly group: string;
  readonly index: number;
  /** The advantage, from −1 to 1. */
  readonly share: number;
  readonly edit: Edit | undefined;
  readonly onEdit: (edit: Edit) => void;
}

export function Trajectory({ trajectory, group, index, share, edit, onEdit }: Properties) {
  const { reward, advantage, stop, correct, questions, ranked } = trajectory;
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { text, note } = edit ?? { text: fieldText(reward), note: "" };
  const isBad = rewardOf(text) === undefined;
  const end = stop === "concluded" ? (correct ? "right" : "wrong") : "cut";
  return (
    <li className="trajectory" data-changed={edit !== undefined}>
      <span className="trajectory__number">
        <span className="unseen">Trajectory </span>
        {index}
      </span>
      <div className="trajectory__reward">
        <label htmlFor={`${id}-reward`}>
          Reward <span className="unseen">of trajectory {`${index} of ${group}`}</span>
        </label>
        <input
          id={`${id}-reward`}
          inputMode="decimal"
          autoComplete="off"
          value={text}
          aria-invalid={isBad}
          aria-describedby={edit ? `${id}-was` : undefined}
          onChange={(event) => onEdit({ text: event.currentTarget.value, note })}
        />
        {edit && (
          <span id={`${id}-was`} className={isBad ? "field__fault" : "trajectory__was"}>
            {isBad ? "not a number" : `was ${figureText(reward)}`}
          </span>
        )}
      </div>
      <p className="trajectory__advantage">
        <span className="trajectory__label">Advantage</span>
        <span className="trajectory__figure">{edit ? "—" : signedText(advantage, 3)}</span>
        <span
          className="trajectory__bar"
          data-sign={Math.sign(share)}
          style={{ "--share": edit ? 0 : Math.abs(share) } as object}
        />
      </p>
      <p className="trajectory__end">
        <span className="end" data-end={end}>
          {endText(trajectory)}
        </span>{" "}
        <span className="trajectory__words">
          {plural(questions, "question")}
          {ranked.length > 0 && ` · ${ranked.slice(0, 3).join(", ")}`}
        </span>
      </p>
      <button
        type="button"
        className="quiet trajectory__door"
        aria-expanded={isOpen}
        aria-controls={`${id}-more`}
        onClick={() => setOpen(!isOpen)}
      >
        Transcript <span className="unseen">{`${index} of ${group}`}</span>
      </button>
      {edit && (
        <div className="trajectory__note">
          <label htmlFor={`${id}-note`}>Why? (optional, kept with the decision)</label>
          <input
            id={`${id}-note`}
            value={note}
            maxLength={1_000}
            autoComplete="off"
            onChange={(event) => onEdit({ text, note: event.currentTarget.value })}
          />
        </div>
      )}
      <div id={`${id}-more`} className="trajectory__more" hidden={!isOpen}>
        {isOpen && <More trajectory={trajectory} />}
      </div>
    </li>
  );
}

function More({ trajectory: { components, ranked, transcript } }: { readonly trajectory: ShownTrajectory }) {
  return (
    <>
      <dl className="terms" aria-label="Terms of the reward">
        {Object.entries(components).map(([name, value]) => (
          <div key={name} data-correction={name === "correction"}>
            <dt>{name}</dt>
            <dd>{signedText(value)}</dd>
          </div>
        ))}
      </dl>
      {ranked.length > 3 && <p className="trajectory__words">Concluded: {ranked.join(", ")}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <pre className="transcript" tabIndex={0}>
        {transcript}
      </pre>
    </>
  );
}
