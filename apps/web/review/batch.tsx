/** One held batch: what it is and why it waits, its groups, and at the foot what can be decided. */
import { useEffect, useRef, useState } from "react";
import { byAdvantage } from "../../server/review-view.ts";
import { Notice } from "../notice.tsx";
import { decide, type Pending, type Verdict } from "./calls.ts";
import { Decision } from "./decision.tsx";
import { type Draft, edited, keyOf, NO_DRAFT, toggled, verdictOf } from "./draft.ts";
import { Group } from "./group.tsx";
import { Summary } from "./summary.tsx";

interface Properties {
  readonly pending: Pending;
  readonly token: string | undefined;
  /** Why it is not known at the moment whether the batch still waits. */
  readonly problem: string | undefined;
  /** It follows a decision that was made on this page. */
  readonly takesFocus: boolean;
  readonly onDecided: (type: Verdict["type"]) => void;
}

/** Groups that are shown at first, and more at a time. */
const PAGE = 12;

export function Batch({ pending, token, problem, takesFocus, onDecided }: Properties) {
  const { batch, digest } = pending;
  const [draft, setDraft] = useState<Draft>(NO_DRAFT);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [shown, setShown] = useState(PAGE);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);

  const change = (next: Draft): void => {
    setFault(undefined);
    setDraft(next);
  };
  const send = (verdict: Verdict | string): void => {
    setFault(typeof verdict === "string" ? verdict : undefined);
    if (typeof verdict === "string") return;
    setBusy(true);
    const { step, round } = batch;
    decide({ step, round, digest }, verdict, token)
      .then(() => onDecided(verdict.type))
      .catch((error: Error) => setFault(error.message))
      .finally(() => setBusy(false));
  };

  const groups = byAdvantage(batch.groups);
  const largest = Math.max(
    1e-9,
    ...groups.flatMap(({ trajectories }) => trajectories.map(({ advantage }) => Math.abs(advantage ?? 0))),
  );
  return (
    <>
      <main className="review">
        <div className="review__column">
          <Summary pending={pending} heading={heading} />
          {problem !== undefined && <Notice isAlert>{problem}</Notice>}
          <section className="groups" aria-labelledby="groups">
            <h2 id="groups">Groups</h2>
            <p className="review__hint">Those with the largest advantages come first.</p>
            <ol className="groups__list">
              {groups.slice(0, shown).map((group) => (
                <Group
                  key={group.id}
                  group={group}
                  objective={batch.objective}
                  largest={largest}
                  isOdd={batch.reasons.some((reason) => reason.groups.includes(group.id))}
                  isLeft={draft.left.has(group.id)}
                  edits={draft.edits}
                  onLeave={() => change(toggled(draft, group.id))}
                  onEdit={(index, edit) =>
                    change(edited(draft, keyOf(group.id, index), group.trajectories[index]!.reward, edit))
                  }
                />
              ))}
            </ol>
            {groups.length > shown && (
              <button type="button" className="secondary" onClick={() => setShown(shown + 4 * PAGE)}>
                Show more of the {groups.length} groups
              </button>
            )}
          </section>
        </div>
      </main>
      <Decision
        draft={draft}
        fault={fault}
        isBusy={isBusy}
        onSend={() => send(verdictOf(draft, batch))}
        onUndo={() => change(NO_DRAFT)}
        onReject={(reason) => send({ type: "reject", reason })}
      />
    </>
  );
}
