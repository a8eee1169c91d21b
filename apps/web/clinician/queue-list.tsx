/** Who waits for a clinician, and what was decided: one button a consultation, which opens its dossier. */
import { useId, useState } from "react";
import { percentText } from "../condition-row.tsx";
import type { Queue, QueueEntry } from "./calls.ts";
import { agoText, DECISION_NAME, flagsText, URGENCY_NAME, waitedText, whoText } from "./words.ts";

interface Properties {
  readonly queue: Queue;
  /** The consultation whose dossier is shown. */
  readonly open: string | undefined;
  readonly onOpen: (consultation: string) => void;
}

/** Those decided that are shown at first, the latest. */
const AT_FIRST = 5;

export function QueueList({ queue: { waiting, decided }, open, onOpen }: Properties) {
  const list = (entries: readonly QueueEntry[], isDecided: boolean) => (
    <ul className="queue__list">
      {entries.map((entry) => (
        <li key={entry.consultation}>
          <Ticket entry={entry} isDecided={isDecided} isOpen={entry.consultation === open} onOpen={onOpen} />
        </li>
      ))}
    </ul>
  );
  const id = useId();
  const [showsAll, setShowsAll] = useState(false);
  const shown = decided.filter(({ consultation }, at) => showsAll || at < AT_FIRST || consultation === open);
  return (
    <>
      <section aria-labelledby={`${id}-waiting`}>
        <h2 id={`${id}-waiting`}>Waiting ({waiting.length})</h2>
        {waiting.length === 0 ? (
          <p className="queue__none">
            Nobody waits. Consultations that end or are handed over appear here by themselves.
          </p>
        ) : (
          list(waiting, false)
        )}
      </section>
      {decided.length > 0 && (
        <section aria-labelledby={`${id}-decided`}>
          <h2 id={`${id}-decided`}>Decided ({decided.length})</h2>
          {list(shown, true)}
          {shown.length < decided.length && (
            <button type="button" className="link queue__more" onClick={() => setShowsAll(true)}>
              Show all {decided.length}
            </button>
          )}
        </section>
      )}
    </>
  );
}

interface TicketProperties {
  readonly entry: QueueEntry;
  readonly isDecided: boolean;
  readonly isOpen: boolean;
  readonly onOpen: (consultation: string) => void;
}

function Ticket({ entry, isDecided, isOpen, onOpen }: TicketProperties) {
  const { consultation, urgency, redFlags, since, complaint, end, leading, review } = entry;
  const decision = isDecided ? review : undefined;
  return (
    <button type="button" className="ticket" aria-current={isOpen} onClick={() => onOpen(consultation)}>
      <span className="ticket__head">
        {urgency && (
          <span className="badge" data-urgency={urgency}>
            {URGENCY_NAME[urgency]}
          </span>
        )}
        {redFlags > 0 && <span className="badge badge--flag">{flagsText(redFlags)}</span>}
      </span>
      <span className="ticket__line">
        <span className="ticket__who">{whoText(entry)}</span>
        <span className="ticket__since">
          <span className="unseen">{decision ? "decided" : "waits for"} </span>
          {decision ? agoText(decision.time) : waitedText(since, Date.now())}
        </span>
      </span>
      <span className="ticket__complaint">{complaint ?? "No complaint was told"}</span>
      <span className="ticket__end">
        {decision
          ? `${DECISION_NAME[decision.decision]} by ${decision.reviewer}`
          : [
              end === "handed-off" ? "Handed over" : "Concluded",
              ...(review ? ["came back"] : []),
              ...(redFlags > 0 ? [] : leading ? [`${leading.name} ${percentText(leading.probability)}`] : []),
            ].join(" · ")}
      </span>
    </button>
  );
}
