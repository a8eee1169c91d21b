/** Reports to other systems that did not arrive after all tries; each can be sent again. */
import { useState } from "react";
import { sentence } from "../words.ts";
import { sendAgain, type Undelivered } from "./calls.ts";
import { agoText } from "./words.ts";

interface Properties {
  readonly undelivered: Undelivered["undelivered"];
  readonly token: string | undefined;
  /** Whose consultation it is, in words. */
  readonly nameOf: (consultation: string) => string;
  readonly onOpen: (consultation: string) => void;
  /** It is on its way again. */
  readonly onSent: () => void;
}

export function UndeliveredList({ undelivered, token, nameOf, onOpen, onSent }: Properties) {
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState("");
  const retry = (consultation: string, to: string): void => {
    setBusy((before) => new Set([...before, consultation]));
    setSaid("");
    sendAgain(consultation, token)
      .then(
        () => {
          setSaid(`It is sent to ${to} again.`);
          onSent();
        },
        (error: Error) => setSaid(error.message),
      )
      .finally(() => setBusy((before) => new Set([...before].filter((each) => each !== consultation))));
  };
  return (
    <section className="undelivered" aria-label="Not delivered">
      {undelivered.length > 0 && <h2>Not delivered ({undelivered.length})</h2>}
      <ul>
        {undelivered.map(({ consultation, to, attempts, reason, time }) => (
          <li key={`${consultation} ${to}`} className="undelivered__item">
            <p>
              <strong>{nameOf(consultation)}</strong>: {to} was not told how it ended. {sentence(reason)} {attempts}{" "}
              {attempts === 1 ? "try" : "tries"}, {agoText(time)}.
            </p>
            <div className="undelivered__choice">
              <button
                type="button"
                className="secondary"
                disabled={busy.has(consultation)}
                aria-label={`Try again: ${nameOf(consultation)}`}
                onClick={() => retry(consultation, to)}
              >
                Try again
              </button>
              <button
                type="button"
                className="link"
                aria-label={`Open ${nameOf(consultation)}`}
                onClick={() => onOpen(consultation)}
              >
                Open
              </button>
            </div>
          </li>
        ))}
      </ul>
      <p role="status" className="field__hint">
        {said}
      </p>
    </section>
  );
}
