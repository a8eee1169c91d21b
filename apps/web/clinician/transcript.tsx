/** What was said, folded until it is asked for. */
import { AT_FIRST, advance } from "../../client/advance.ts";
import type { Entry } from "../../client/index.ts";
import { UnderstoodList } from "../understood-list.tsx";
import { sentence } from "../words.ts";
import type { Dossier } from "./calls.ts";

export function Transcript({ messages }: Pick<Dossier, "messages">) {
  const { entries, understood, person } = messages.reduce(advance, AT_FIRST);
  return (
    <details className="told">
      <summary>
        Transcript <span className="told__count">{entries.length} entries</span>
      </summary>
      <div className="told__columns">
        <ol className="told__lines">
          {entries.map((entry) => (
            <Line key={entry.key} entry={entry} />
          ))}
        </ol>
        <UnderstoodList understood={understood} person={person} hasEnded />
      </div>
    </details>
  );
}

function Line({ entry }: { readonly entry: Entry }) {
  const [who, text] = wordsOf(entry);
  return (
    <li className="told__line" data-kind={entry.kind}>
      <span className="told__who">{who}</span>
      <span className="told__text">{text}</span>
    </li>
  );
}

function wordsOf(entry: Entry): [string, string] {
  switch (entry.kind) {
    case "person":
      return ["Person", entry.text];
    case "agent":
    case "conclusion":
    case "handed-off":
      return ["Agent", entry.text];
    case "red-flag":
      return ["Red flag", entry.message];
    case "note":
      return ["Record", sentence(entry.text)];
    case "error":
      return ["Record", sentence(entry.message)];
    default:
      return entry satisfies never;
  }
}
