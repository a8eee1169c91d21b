/** One consultation for a clinician: who and how urgent, the summary, the differential, what was said, and what is decided. */
import { type RefObject, useEffect, useId, useRef, useState } from "react";
import { URGENCIES, type Urgency } from "../../../src/index.ts";
import { Differential } from "../differential.tsx";
import { Notice } from "../notice.tsx";
import type { Dossier, QueueEntry } from "./calls.ts";
import { Decided } from "./decided.tsx";
import { Decision } from "./decision.tsx";
import { editsOf, rankingOf, withoutEdits, withPart, withRanking, withUrgency } from "./draft.ts";
import { useFile } from "./file.ts";
import { Ranking } from "./ranking.tsx";
import { Summary } from "./summary.tsx";
import { Transcript } from "./transcript.tsx";
import { agoText, endText, flagsText, URGENCY_NAME, whoText } from "./words.ts";

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
  const [isEditing, setEditing] = useState<boolean>();
  const [isReopened, setReopened] = useState(false);
  const decided = (): void => {
    setEditing(false);
    setReopened(false);
    foot.current?.focus();
    onDecided();
  };
  const file = useFile({ consultation, entry, token, onDecided: decided });
  const { dossier, draft, isStale, fault, isBusy, change } = file;
  const isThere = dossier !== undefined;
  useEffect(() => {
    if (takesFocus && isThere) heading.current?.focus();
  }, [takesFocus, isThere]);

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
            <button type="button" className="link" onClick={file.load}>
              Try again
            </button>
          </Notice>
        )}
      </div>
    );
  const { differential, summary, messages, disclaimer } = dossier;
  const isEdited = isEditing ?? editsOf(draft).length > 0;
  const isOpen = dossier.entry.review === undefined || isReopened || isEdited;
  return (
    <>
      <div className="dossier__column">
        <Head entry={dossier.entry} heading={heading} disclaimer={disclaimer} />
        {isStale && (
          <Notice isAlert>
            Something happened with this consultation since you began
            {entry?.review ? `: ${entry.review.reviewer} ${entry.review.decision} it` : ""}. Nothing of yours was sent,
            and your draft is kept.{" "}
            <button type="button" className="link" onClick={file.load}>
              Load it as it is now, under my draft
            </button>
          </Notice>
        )}
        {isEdited && (
          <UrgencyField
            urgency={draft.urgency ?? dossier.entry.urgency}
            onChange={(urgency) => change(withUrgency(draft, dossier, urgency))}
          />
        )}
        <div className="dossier__halves">
          <Summary
            summary={summary}
            changed={draft.summary}
            isEditing={isEdited}
            onChange={(part, text) => change(withPart(draft, dossier, part, text))}
          />
          {isEdited ? (
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
        {isOpen && <Note note={draft.note} onChange={(note) => change({ ...draft, note })} />}
      </div>
      <section className="verdict" ref={foot} tabIndex={-1} aria-label="Decision">
        <div className="verdict__column">
          {isOpen ? (
            <Decision
              draft={draft}
              isEditing={isEdited}
              fault={fault}
              isBusy={isBusy}
              onEdit={() => setEditing(true)}
              onUndo={() => {
                setEditing(false);
                change(withoutEdits(draft));
              }}
              onMessage={(message) => change({ ...draft, message })}
              onDecide={file.decide}
            />
          ) : (
            <Decided dossier={dossier} onAgain={() => setReopened(true)} onNext={onNext} />
          )}
        </div>
      </section>
    </>
  );
}

interface HeadProperties {
  readonly entry: QueueEntry;
  readonly disclaimer: Dossier["disclaimer"];
  readonly heading: RefObject<HTMLHeadingElement | null>;
}

function Head({ entry, disclaimer, heading }: HeadProperties) {
  const { urgency, redFlags, since, complaint } = entry;
  return (
    <header>
      <h1 ref={heading} tabIndex={-1}>
        {whoText(entry)}
      </h1>
      {complaint !== undefined && <p className="lead">“{complaint}”</p>}
      <p className="dossier__facts">
        {urgency && (
          <span className="badge" data-urgency={urgency}>
            {URGENCY_NAME[urgency]}
          </span>
        )}
        {redFlags > 0 && <span className="badge badge--flag">{flagsText(redFlags)}</span>}
        <span>{endText(entry)}</span>
        <span>Ended {agoText(since)}</span>
      </p>
      <p className="dossier__disclaimer">{disclaimer}</p>
    </header>
  );
}

function UrgencyField({
  urgency,
  onChange,
}: {
  readonly urgency: Urgency | undefined;
  readonly onChange: (urgency: Urgency) => void;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Urgency</label>
      <select id={id} value={urgency ?? ""} onChange={({ currentTarget }) => onChange(currentTarget.value as Urgency)}>
        {urgency === undefined && <option value="">Not told</option>}
        {URGENCIES.map((each) => (
          <option key={each} value={each}>
            {URGENCY_NAME[each]}
          </option>
        ))}
      </select>
    </div>
  );
}

function Note({ note, onChange }: { readonly note: string; readonly onChange: (note: string) => void }) {
  const id = useId();
  return (
    <div className="field note">
      <label htmlFor={id}>Note (optional)</label>
      <textarea
        id={id}
        rows={2}
        maxLength={4_000}
        value={note}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <p id={`${id}-hint`} className="field__hint">
        For other clinicians, recorded with your decision. The person does not see it.
      </p>
    </div>
  );
}
