/** What was said, in order; new words of the agent are read out once they are complete. Follows its end while one is there. */
import { useCallback, useEffect, useLayoutEffect, useRef } from "react";
import type { ChatState } from "../client/index.ts";
import { LogEntry } from "./log-entry.tsx";

interface Properties {
  readonly state: ChatState;
  readonly onRetry: (key: string) => void;
}

/** Pixels from the end that still count as there. */
const NEAR = 80;

export function ConversationLog({ state, onRetry }: Properties) {
  const { entries, streaming, awaiting, disclaimer, ended } = state;
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const current = ended ? undefined : entries.findLast(({ kind }) => kind === "agent");

  const follow = useCallback((): void => {
    if (isAtEnd.current) log.current?.scrollTo(0, log.current.scrollHeight);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: there may be more to see after any change
  useLayoutEffect(() => {
    isAtEnd.current ||= entries.at(-1)?.kind === "person";
    follow();
  }, [state]);
  useEffect(() => {
    const room = new ResizeObserver(follow);
    room.observe(log.current!);
    return () => room.disconnect();
  }, [follow]);

  return (
    <div
      className="log"
      role="log"
      aria-label="What was said"
      ref={log}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      <div className="log__words">
        <p className="log__disclaimer">{disclaimer}</p>
        {entries.map((entry) => (
          <LogEntry key={entry.key} entry={entry} isCurrent={entry === current} onRetry={onRetry} />
        ))}
        {streaming !== undefined ? (
          <p className="agent" data-current aria-hidden="true">
            {streaming}
          </p>
        ) : (
          awaiting && <p className="pending" aria-hidden="true" />
        )}
      </div>
    </div>
  );
}
