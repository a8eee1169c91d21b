/** What can be done with the record: take it along, begin anew, delete it. */
import { useState } from "react";
import { deleteConsultation, fetchTranscript } from "./calls.ts";
import { Confirmation } from "./confirmation.tsx";
import { transcriptText } from "./transcript-text.ts";

interface Properties {
  readonly consultation: string;
  readonly token: string | undefined;
  readonly hasEnded: boolean;
  readonly onStartAgain: () => void;
  /** It was deleted. */
  readonly onGone: () => void;
}

type Question = "new" | "delete";

export function RecordActions({ consultation, token, hasEnded, onStartAgain, onGone }: Properties) {
  const [question, setQuestion] = useState<Question>();
  /** Why the last thing failed. */
  const [fault, setFault] = useState<string>();
  const tried = (work: Promise<void>): void => {
    setFault(undefined);
    work.catch((error: Error) => setFault(error.message));
  };
  const takeAlong = async (form: "text" | "json"): Promise<void> => {
    const json = await fetchTranscript(consultation, token);
    const name = `anamnesis-${consultation.slice(-12)}`;
    if (form === "json") save(`${name}.json`, "application/json", json);
    else save(`${name}.txt`, "text/plain", transcriptText(json));
  };
  const remove = async (): Promise<void> => {
    await deleteConsultation(consultation, token);
    onGone();
  };
  return (
    <section className="record" aria-labelledby="record">
      <h2 id="record">This conversation</h2>
      <ul>
        <li>
          <button type="button" className="link" onClick={() => tried(takeAlong("text"))}>
            Download as text
          </button>
        </li>
        <li>
          <button type="button" className="link" onClick={() => tried(takeAlong("json"))}>
            Download as JSON
          </button>
        </li>
        <li>
          <button type="button" className="link" onClick={() => (hasEnded ? onStartAgain() : setQuestion("new"))}>
            New conversation
          </button>
        </li>
        <li>
          <button type="button" className="link link--danger" onClick={() => setQuestion("delete")}>
            Delete this conversation
          </button>
        </li>
      </ul>
      {fault !== undefined && (
        <p className="field__fault" role="alert">
          {fault}
        </p>
      )}
      {question === "new" && (
        <Confirmation
          question="Begin a new conversation?"
          consequence="This one stays with the server, but this page does not come back to it. You can download it first."
          yes="Begin a new one"
          onYes={onStartAgain}
          onNo={() => setQuestion(undefined)}
        />
      )}
      {question === "delete" && (
        <Confirmation
          question="Delete this conversation?"
          consequence="Everything that was said in it is removed from the server. This cannot be undone."
          yes="Delete it"
          isFinal
          onYes={() => {
            setQuestion(undefined);
            tried(remove());
          }}
          onNo={() => setQuestion(undefined)}
        />
      )}
    </section>
  );
}

function save(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // Some browsers read it only after a while.
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
}
