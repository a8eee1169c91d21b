/** How a conversation ended: what to do next, how soon, and what this is not. */
import type { Urgency } from "../../src/index.ts";
import { URGENCY_TEXT } from "./words.ts";

interface Properties {
  readonly heading: string;
  readonly text: string;
  readonly disclaimer: string;
  readonly urgency?: Urgency | undefined;
}

export function Outcome({ heading, text, disclaimer, urgency }: Properties) {
  return (
    <section className="outcome" data-urgency={urgency} aria-label={heading}>
      <h2>{heading}</h2>
      {urgency && <p className="outcome__urgency">{URGENCY_TEXT[urgency]}</p>}
      <p className="outcome__text">{text.replace(disclaimer, "").trim()}</p>
      <p className="outcome__disclaimer">{disclaimer}</p>
    </section>
  );
}
