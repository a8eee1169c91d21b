/** Which of the page's screens is shown: the token, the beginning, the conversation. */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ChatClient } from "../client/index.ts";
import { Access } from "./access.tsx";
import { connect } from "./calls.ts";
import { Consultation } from "./consultation.tsx";
import { Header } from "./header.tsx";
import { keepConsultation, keepToken, kept } from "./kept.ts";
import { Welcome } from "./welcome.tsx";

/** What the server says of a conversation that it does not have, or has no longer. */
const GONE: ReadonlySet<string | undefined> = new Set(["deleted", "not-found"]);

export function App() {
  const [token, setToken] = useState(() => kept().token);
  const [chat, setChat] = useState<ChatClient>(() => connect(kept()));
  const [notice, setNotice] = useState<string>();
  const [hasActed, setHasActed] = useState(false);
  const [isPanelOpen, setPanelOpen] = useState(false);
  const state = useSyncExternalStore(
    (listener) => chat.subscribe(listener),
    () => chat.state,
  );
  const { consultation, connection, problem } = state;

  useEffect(() => {
    if (consultation !== undefined) keepConsultation(consultation);
  }, [consultation]);

  const enter = (given: string): void => {
    chat.close();
    setHasActed(true);
    keepToken(given);
    setToken(given);
    setChat(connect({ token: given, consultation: kept().consultation }));
  };
  const left = useRef<ChatClient>(undefined);
  const startAgain = (why?: string): void => {
    // Who deletes a conversation hears of it twice.
    if (left.current === chat) return;
    left.current = chat;
    chat.close();
    setHasActed(true);
    keepConsultation(undefined);
    setNotice(why);
    setPanelOpen(false);
    setChat(connect({ token }));
  };

  const leaveGone = (): void => startAgain("That conversation is no longer on the server.");
  useEffect(() => {
    if (connection === "closed" && GONE.has(problem?.code)) leaveGone();
  });

  if (problem?.code === "unauthorized")
    return (
      <>
        <Header />
        <Access wasRefused={token !== undefined} onToken={enter} />
      </>
    );
  if (consultation === undefined)
    return (
      <>
        <Header />
        <Welcome state={state} notice={notice} takesFocus={hasActed} onBegin={(person) => chat.begin(person)} />
      </>
    );
  return (
    <>
      <a className="skip" href="#answer">
        Skip to your answer
      </a>
      <Header isPanelOpen={isPanelOpen} onPanel={() => setPanelOpen(!isPanelOpen)} />
      <Consultation
        key={consultation}
        chat={chat}
        state={state}
        token={token}
        isPanelOpen={isPanelOpen}
        onStartAgain={() => startAgain()}
        onGone={leaveGone}
      />
    </>
  );
}
