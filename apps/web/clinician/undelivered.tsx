/** Reports to other systems that did not arrive after all tries; each can be sent again. */
import { useState } from "react";
import { sendAgain, type Undelivered } from "./calls.ts";
import { agoText } from "./words.ts";

interface Properties {
  readonly undelivered: Undelivered["undelivered"];
  readonly token: string | undefined;
  readonly onOpen: (consultation: string) => void;
  /** It is on its way again. */
  readonly onSent: () => void;
}

export function UndeliveredList({ undelivered, token, onOpen, onSent }: Properties) {
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
    <section className="undelivered" aria-labelledby="undelivered" hidden={undelivered.length === 0 && said === ""}>
      <h2 id="undelivered">Not delivered ({undelivered.length})</h2>
      <ul>
        {undelivered.map(({ consultation, to, attempts, reason, time }) => (
          <li key={`${consultation} ${to}`} className="undelivered__item">
            <p>
              {to} was not told of{" "}
              <button type="button" className="link" onClick={() => onOpen(consultation)}>
                one that ended
              </button>
              : {reason} ({attempts} {attempts === 1 ? "try" : "tries"}, {agoText(time)}).
            </p>
            <button
              type="button"
              className="secondary"
              disabled={busy.has(consultation)}
              aria-label={`Try again to tell ${to}`}
              onClick={() => retry(consultation, to)}
            >
              Try again
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className="field__hint">
        {said}
      </p>
    </section>
  );
}
