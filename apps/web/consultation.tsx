/** The conversation: what was said, the place to answer, and beside it what was understood. */
import { useEffect, useRef } from "react";
import type { ChatClient, ChatState } from "../client/index.ts";
import { Answer } from "./answer.tsx";
import { ConnectionNotice } from "./connection-notice.tsx";
import { ConversationLog } from "./conversation-log.tsx";
import { Differential } from "./differential.tsx";
import { RecordActions } from "./record-actions.tsx";
import { RedFlagBanner } from "./red-flag-banner.tsx";
import { UnderstoodList } from "./understood-list.tsx";

interface Properties {
  readonly chat: ChatClient;
  readonly state: ChatState;
  readonly token: string | undefined;
  /** On a narrow page; on a wide one the panel is always there. */
  readonly isPanelOpen: boolean;
  readonly onStartAgain: () => void;
  /** The server has deleted it. */
  readonly onGone: () => void;
}

export function Consultation({ chat, state, token, isPanelOpen, onStartAgain, onGone }: Properties) {
  const { differential, understood, person, consultation, ended, connection } = state;
  const isOver = ended || connection === "closed";
  const end = useRef<HTMLDivElement>(null);

  // The place to answer is gone at the end, and the focus with it.
  useEffect(() => {
    if (isOver && document.activeElement === document.body) end.current?.focus();
  }, [isOver]);

  return (
    <div className="page" data-panel={isPanelOpen ? "open" : "closed"}>
      <main className="conversation">
        <h1 className="unseen">Conversation</h1>
        <ConnectionNotice chat={chat} state={state} />
        <RedFlagBanner entries={state.entries} />
        <ConversationLog state={state} onRetry={(key) => chat.retry(key)} />
        {isOver ? (
          <div id="answer" className="answer answer--ended" ref={end} tabIndex={-1}>
            <p>{ended ? "This conversation has ended." : "This conversation cannot go on."}</p>
            <button type="button" className="primary" onClick={onStartAgain}>
              New conversation
            </button>
          </div>
        ) : (
          <Answer chat={chat} state={state} />
        )}
      </main>
      <aside id="summary" className="panel" aria-label="Summary">
        {differential && <Differential differential={differential} />}
        <UnderstoodList understood={understood} person={person} hasEnded={isOver} />
        <RecordActions
          consultation={consultation!}
          token={token}
          hasEnded={isOver}
          onStartAgain={onStartAgain}
          onGone={onGone}
        />
      </aside>
    </div>
  );
}
