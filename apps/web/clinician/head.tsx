/** The head of a dossier: who it is, how urgent, why it ended, and that this is no diagnosis. */
import type { RefObject } from "react";
import type { Dossier, QueueEntry } from "./calls.ts";
import { agoText, endText, flagsText, notifiedText, URGENCY_NAME, whoText } from "./words.ts";

interface Properties {
  readonly entry: QueueEntry;
  readonly messages: Dossier["messages"];
  readonly disclaimer: string;
  readonly heading: RefObject<HTMLHeadingElement | null>;
}

export function Head({ entry, messages, disclaimer, heading }: Properties) {
  const { urgency, redFlags, since, complaint, notified } = entry;
  const flags = messages.flatMap((message) => (message.type === "red-flag" ? message : []));
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
        {notified && <span>{notifiedText(notified)}</span>}
      </p>
      {flags.length > 0 && (
        <div className="dossier__flags">
          <p className="dossier__told">The person was told:</p>
          <ul>
            {flags.map(({ seq, message }) => (
              <li key={seq}>{message}</li>
            ))}
          </ul>
        </div>
      )}
      <p className="dossier__disclaimer">{disclaimer}</p>
    </header>
  );
}
