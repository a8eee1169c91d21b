/** Tells that the connection was lost or rests, and what happens next. Nothing while all is well. */
import type { ChatClient, ChatState } from "../client/index.ts";
import { Notice } from "./notice.tsx";
import { sentence } from "./words.ts";

interface Properties {
  readonly chat: ChatClient;
  readonly state: ChatState;
}

export function ConnectionNotice({ chat, state }: Properties) {
  const { connection, problem, lastSeq } = state;
  if (connection === "closed" && problem)
    return <Notice isAlert>{`${sentence(problem.message)} ${problem.advice}`}</Notice>;
  return (
    <div role="status">
      {connection === "waiting" && (
        <Notice>
          The connection was lost and is being restored. Nothing of what you said is lost.{" "}
          <button type="button" className="link" onClick={() => chat.reconnect()}>
            Try now
          </button>
        </Notice>
      )}
      {connection === "resting" && (
        <Notice>This conversation rests, as nothing was said for a while. Just go on when you like.</Notice>
      )}
      {connection === "connecting" && lastSeq > 0 && <Notice>Connecting again …</Notice>}
    </div>
  );
}
