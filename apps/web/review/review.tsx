/** The review page: the batch that waits for a decision, or that none does. */
import { useEffect, useRef, useState } from "react";
import { Access } from "../access.tsx";
import { Header } from "../header.tsx";
import { keepToken, kept } from "../kept.ts";
import { Notice } from "../notice.tsx";
import "../styles/review.css";
import { Batch } from "./batch.tsx";
import type { Verdict } from "./calls.ts";
import { useHeld } from "./held.ts";

/** What is said while the trainer goes on from a decision. */
const SENT: Readonly<Record<Verdict["type"], string>> = {
  confirm: "Confirmed. The trainer takes the step.",
  correct: "Sent. The trainer finds the new advantages and holds the batch again.",
  reject: "Rejected. The trainer goes on without this batch.",
};

export function Review() {
  const [token, setToken] = useState(() => kept().token);
  const { held, problem } = useHeld(token);
  /** The decision that was made last on this page, and on which batch. */
  const [made, setMade] = useState<{ readonly digest: string; readonly type: Verdict["type"] }>();
  useEffect(() => {
    document.title = held.status === "held" ? `Step ${held.pending.batch.step}: Anamnesis` : "Review: Anamnesis";
  }, [held]);
  const enter = (given: string): void => {
    keepToken(given);
    setToken(given);
  };

  if (held.status === "refused" && held.code === "unauthorized")
    return (
      <>
        <Header />
        <Access wasRefused={token !== undefined} onToken={enter} />
      </>
    );
  const isDecided = held.status === "held" && held.pending.digest === made?.digest;
  if (held.status === "held" && !isDecided)
    return (
      <>
        <a className="skip" href="#decision">
          Skip to the decision
        </a>
        <Header />
        <Batch
          key={held.pending.digest}
          pending={held.pending}
          token={token}
          problem={problem}
          takesFocus={made !== undefined}
          onDecided={(type) => setMade({ digest: held.pending.digest, type })}
        />
      </>
    );
  return (
    <>
      <Header />
      <Waiting
        text={
          held.status === "connecting"
            ? "Connecting …"
            : held.status === "refused"
              ? refusalText(held.code)
              : made
                ? SENT[made.type]
                : "No batch waits for a decision."
        }
        isLive={held.status === "none" || isDecided}
        takesFocus={made !== undefined}
        problem={problem}
      />
    </>
  );
}

interface WaitingProperties {
  readonly text: string;
  /** The next batch may come. */
  readonly isLive: boolean;
  readonly takesFocus: boolean;
  readonly problem: string | undefined;
}

function Waiting({ text, isLive, takesFocus, problem }: WaitingProperties) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    <main className="sheet">
      <h1 ref={heading} tabIndex={-1}>
        Review
      </h1>
      <p className="lead" role="status">
        {text}
      </p>
      {isLive && (
        <p className="review__hint">
          The next batch that is held appears here by itself. If none comes, see whether the training run goes on; a
          decision is kept for it in any case.
        </p>
      )}
      {problem !== undefined && <Notice isAlert>{problem}</Notice>}
    </main>
  );
}

function refusalText(code: string): string {
  if (code === "forbidden") return "This is for clinicians: enter with a token for that audience.";
  return "This server was started without a run to review: start it with --review and the run's folder.";
}
