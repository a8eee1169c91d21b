/** The clinician's page: who waits on one side, the dossier that is open on the other. */
import { useEffect, useRef, useState } from "react";
import { Access as AccessForm } from "../access.tsx";
import { Header } from "../header.tsx";
import { keepToken, kept } from "../kept.ts";
import { Notice } from "../notice.tsx";
import "../styles/clinician.css";
import type { QueueEntry } from "./calls.ts";
import { DossierView } from "./dossier.tsx";
import { keepOpen, keptOpen, linkedTo } from "./kept-draft.ts";
import { type Access, useQueue } from "./queue.ts";
import { QueueList } from "./queue-list.tsx";
import { UndeliveredList } from "./undelivered.tsx";
import { whoText } from "./words.ts";

export function Clinician() {
  /** A new object each time that one is given: it may be the same, and be taken now. */
  const [access, setAccess] = useState<Access>(() => ({ token: kept().token }));
  const { watched, refused, problem, news, lookNow } = useQueue(access);
  const { token } = access;
  const [open, setOpen] = useState(() => linkedTo() ?? keptOpen());
  const [hasChosen, setHasChosen] = useState(false);
  const queue = watched?.queue;
  const waits = queue?.waiting.length ?? 0;
  useEffect(() => {
    document.title = waits > 0 ? `(${waits}) Queue: Anamnesis` : "Queue: Anamnesis";
  }, [waits]);

  const enter = (given: string | undefined): void => {
    keepToken(given);
    setAccess({ token: given });
    setHasChosen(true);
  };
  const choose = (consultation: string): void => {
    keepOpen(consultation);
    setOpen(consultation);
    setHasChosen(true);
  };

  useEffect(() => {
    const follow = (): void => {
      const linked = linkedTo();
      if (linked === undefined) return;
      history.replaceState(null, "", location.pathname);
      keepOpen(linked);
      setOpen(linked);
    };
    follow();
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);

  if (refused !== undefined)
    return (
      <>
        <Header />
        {refused === "unauthorized" ? (
          <AccessForm wasRefused={token !== undefined} onToken={enter} />
        ) : (
          <Barred hasToken={token !== undefined} onLeave={() => enter(undefined)} />
        )}
      </>
    );
  const next = queue?.waiting.find(({ consultation }) => consultation !== open);
  const entryOf = (wanted: string | undefined): QueueEntry | undefined =>
    [...(queue?.waiting ?? []), ...(queue?.decided ?? [])].find(({ consultation }) => consultation === wanted);
  const nameOf = (consultation: string): string => {
    const entry = entryOf(consultation);
    return entry ? whoText(entry) : "A consultation";
  };
  return (
    <>
      <a className="skip" href="#dossier">
        Skip to the dossier
      </a>
      <Header />
      <div className="desk">
        <aside className="queue" id="queue" tabIndex={-1} aria-label="Queue">
          {problem !== undefined && <Notice isAlert>{problem}</Notice>}
          <p className="unseen" role="status">
            {news}
          </p>
          {queue ? <QueueList queue={queue} open={open} onOpen={choose} /> : <p role="status">Connecting …</p>}
          {watched && (
            <UndeliveredList
              undelivered={watched.undelivered}
              token={token}
              nameOf={nameOf}
              onOpen={choose}
              onSent={lookNow}
            />
          )}
        </aside>
        <main className="dossier" id="dossier" tabIndex={-1}>
          {open === undefined ? (
            <Nothing waits={waits} takesFocus={hasChosen} />
          ) : (
            <>
              <a className="dossier__back link" href="#queue">
                Back to the queue
              </a>
              <DossierView
                key={open}
                consultation={open}
                entry={entryOf(open)}
                token={token}
                takesFocus={hasChosen}
                onDecided={lookNow}
                onNext={next && (() => choose(next.consultation))}
              />
            </>
          )}
        </main>
      </div>
    </>
  );
}

function Nothing({ waits, takesFocus }: { readonly waits: number; readonly takesFocus: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    <div className="dossier__column">
      <h1 ref={heading} tabIndex={-1}>
        Queue
      </h1>
      <p className="lead">{waits > 0 ? "Choose a consultation to see what was found." : "Nobody waits for you now."}</p>
    </div>
  );
}

function Barred({ hasToken, onLeave }: { readonly hasToken: boolean; readonly onLeave: () => void }) {
  return (
    <main className="sheet">
      <h1>Queue</h1>
      <p className="lead" role="status">
        This is for clinicians who work through the queue.{" "}
        {hasToken ? "The token of this tab is for something else." : "This server shows what patients may see."}
      </p>
      {hasToken ? (
        <p className="barred">
          <button type="button" className="primary" onClick={onLeave}>
            Use another token
          </button>
        </p>
      ) : (
        <p className="queue__none">Start it with tokens, or with the audience clinician.</p>
      )}
    </main>
  );
}
