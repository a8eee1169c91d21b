/** One thing in the log. Red flags stand in their banner instead. */
import type { Entry } from "../client/index.ts";
import { Outcome } from "./outcome.tsx";
import { sentence } from "./words.ts";

interface Properties {
  readonly entry: Entry;
  /** What the agent said last, and waits for an answer to. */
  readonly isCurrent: boolean;
  readonly onRetry: (key: string) => void;
}

export function LogEntry({ entry, isCurrent, onRetry }: Properties) {
  switch (entry.kind) {
    case "person":
      return (
        <div className="person" data-status={entry.status}>
          <p className="person__words">
            <span className="unseen">You: </span>
            {entry.text}
          </p>
          {entry.status === "failed" && <p className="person__status">Not sent</p>}
        </div>
      );
    case "agent":
      return (
        <p className="agent" data-current={isCurrent || undefined}>
          <span className="unseen">Anamnesis: </span>
          {entry.text}
        </p>
      );
    case "conclusion":
      return <Outcome heading="What to do next" {...entry} />;
    case "handed-off":
      return <Outcome heading="Please talk to somebody" {...entry} />;
    case "note":
      return <p className="remark">{sentence(entry.text)}</p>;
    case "error": {
      const { message, advice, about } = entry;
      return (
        <p className="remark remark--fault">
          {`${sentence(message)} ${advice} `}
          {about !== undefined && (
            <button type="button" className="link" onClick={() => onRetry(about)}>
              Send again
            </button>
          )}
        </p>
      );
    }
    case "red-flag":
      return null;
    default:
      return entry satisfies never;
  }
}
