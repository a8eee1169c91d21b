/** The trajectories of one case: what each earned and what follows for the policy; rewards can be changed. */
import { useId } from "react";
import { baselineName, figureText, type ShownGroup } from "../../server/review-view.ts";
import { type Draft, type Edit, keyOf } from "./draft.ts";
import { Trajectory } from "./trajectory.tsx";

interface Properties {
  readonly group: ShownGroup;
  readonly objective: string;
  /** The largest advantage of the batch, up or down. */
  readonly largest: number;
  /** A rule speaks of it. */
  readonly isOdd: boolean;
  readonly isLeft: boolean;
  readonly edits: Draft["edits"];
  readonly onLeave: () => void;
  readonly onEdit: (index: number, edit: Edit) => void;
}

export function Group({ group, objective, largest, isOdd, isLeft, edits, onLeave, onEdit }: Properties) {
  const { id, labels, domain, caseId, kept, baseline, trajectories } = group;
  const heading = useId();
  const hasChanged = trajectories.some((_, index) => edits.has(keyOf(id, index)));
  return (
    <li className="group" data-left={isLeft}>
      <section aria-labelledby={heading}>
        <div className="group__head">
          <div className="group__name">
            <h3 id={heading}>
              {labels.length > 0 ? labels.join(", ") : caseId}
              <span className="group__id">{id}</span>
            </h3>
            <p className="group__facts">
              {[domain, `case ${caseId}`].filter((fact) => fact !== "").join(" · ")}
              {isOdd && <span className="mark mark--odd">odd</span>}
              {!kept && <span className="mark">takes no part</span>}
              {isLeft && <span className="mark mark--left">left out</span>}
            </p>
          </div>
          <p className="group__baseline">
            <span>{baselineName(objective)}</span> {figureText(baseline, 3)}
            {hasChanged && <span className="group__stale">found anew when sent</span>}
          </p>
          <button type="button" className="quiet group__leave" aria-pressed={isLeft} onClick={onLeave}>
            Leave out <span className="unseen">group {id}</span>
          </button>
        </div>
        <p className="trajectories__head" aria-hidden="true">
          <span />
          <span>Reward</span>
          <span>Advantage</span>
          <span>How it ended</span>
        </p>
        <ol className="trajectories" hidden={isLeft}>
          {trajectories.map((trajectory, index) => (
            <Trajectory
              // biome-ignore lint/suspicious/noArrayIndexKey: trajectories are named by their places.
              key={index}
              trajectory={trajectory}
              group={id}
              index={index}
              share={(trajectory.advantage ?? 0) / largest}
              edit={edits.get(keyOf(id, index))}
              onEdit={(edit) => onEdit(index, edit)}
            />
          ))}
        </ol>
      </section>
    </li>
  );
}
