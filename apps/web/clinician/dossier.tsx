/** One consultation for a clinician: who and how urgent, the summary, the differential, what was said, and what is decided. */
import { useEffect, useRef, useState } from "react";
import { Differential } from "../differential.tsx";
import { Notice } from "../notice.tsx";
import type { QueueEntry } from "./calls.ts";
import { Decided } from "./decided.tsx";
import { Decision } from "./decision.tsx";
import { editsOf, isWaiting, rankingOf, withoutEdits, withPart, withRanking, withUrgency } from "./draft.ts";
import { NoteField, UrgencyField } from "./fields.tsx";
import { useFile } from "./file.ts";
import { Head } from "./head.tsx";
import { Ranking } from "./ranking.tsx";
import { Summary } from "./summary.tsx";
import { Transcript } from "./transcript.tsx";

interface Properties {
  readonly consultation: string;
  /** As the queue has it now; undefined where it is not there. */
  readonly entry: QueueEntry | undefined;
  readonly token: string | undefined;
  /** It was chosen on this page. */
  readonly takesFocus: boolean;
  readonly onDecided: () => void;
  /** Opens the next one that waits; undefined where none does. */
  readonly onNext: (() => void) | undefined;
}

export function DossierView({ consultation, entry, token, takesFocus, onDecided, onNext }: Properties) {
  const heading = useRef<HTMLHeadingElement>(null);
  const foot = useRef<HTMLElement>(null);
  const firstField = useRef<HTMLSelectElement>(null);
  /** Undefined: nobody said so; it is edited where the draft that was kept has edits. */
  const [edits, setEdits] = useState<boolean>();
  const decided = (): void => {
    setEdits(false);
    onDecided();
  };
  const { dossier, draft, isStale, fault, isBusy, change, load, decide } = useFile({
    consultation,
    entry,
    token,
    onDecided: decided,
  });
  const isThere = dossier !== undefined;
  useEffect(() => {
    if (takesFocus && isThere) heading.current?.focus();
  }, [takesFocus, isThere]);
  useEffect(() => {
    if (edits) firstField.current?.focus();
  }, [edits]);
  // The buttons that were pressed are idle while a decision is under way, and gone after it.
  useEffect(() => {
    if (isBusy) foot.current?.focus();
  }, [isBusy]);

  if (!dossier)
    return (
      <div className="dossier__column">
        <h1 ref={heading} tabIndex={-1}>
          Consultation
        </h1>
        {fault === undefined ? (
          <p className="lead" role="status">
            Loading …
          </p>
        ) : (
          <Notice isAlert>
            {fault}{" "}
            <button type="button" className="link" onClick={load}>
              Try again
            </button>
          </Notice>
        )}
      </div>
    );
  const { differential, summary, messages, disclaimer } = dossier;
  const isEditing = edits ?? editsOf(draft).length > 0;
  const waits = isWaiting(dossier);
  return (
    <>
      <div className="dossier__column">
        <Head
          entry={{ ...dossier.entry, ...(entry?.notified && { notified: entry.notified }) }}
          messages={messages}
          heading={heading}
          disclaimer={disclaimer}
        />
        {isEditing && (
          <UrgencyField
            ref={firstField}
            urgency={draft.urgency ?? dossier.entry.urgency}
            onChange={(urgency) => change(withUrgency(draft, dossier, urgency))}
          />
        )}
        <div className="dossier__halves">
          <Summary
            summary={summary}
            changed={draft.summary}
            isEditing={isEditing}
            onChange={(part, text) => change(withPart(draft, dossier, part, text))}
          />
          {isEditing ? (
            <Ranking
              ranking={draft.ranking ?? rankingOf(differential)}
              differential={differential}
              token={token}
              onChange={(ranking) => change(withRanking(draft, dossier, ranking))}
            />
          ) : (
            <Differential differential={differential} />
          )}
        </div>
        <Transcript messages={messages} />
        {(waits || isEditing) && <NoteField text={draft.note} onChange={(note) => change({ ...draft, note })} />}
      </div>
      <section className="verdict" ref={foot} tabIndex={-1} aria-label="Decision">
        <div className="verdict__column">
          {isStale && (
            <div className="verdict__stale">
              <Notice isAlert>
                Something happened with this consultation since you began
                {entry?.review ? `: ${entry.review.reviewer} ${entry.review.decision} it` : ""}. Nothing of yours was
                sent, and your draft is kept.{" "}
                <button type="button" className="link" onClick={load}>
                  Load it as it is now, under my draft
                </button>
              </Notice>
            </div>
          )}
          {waits || isEditing ? (
            <Decision
              draft={draft}
              waits={waits}
              isEditing={isEditing}
              fault={fault}
              isBusy={isBusy}
              onEdit={() => setEdits(true)}
              onUndo={() => {
                setEdits(false);
                change(withoutEdits(draft));
              }}
              onMessage={(message) => change({ ...draft, message })}
              onDecide={decide}
            />
          ) : (
            <Decided dossier={dossier} onEdit={() => setEdits(true)} onNext={onNext} />
          )}
        </div>
      </section>
    </>
  );
}
