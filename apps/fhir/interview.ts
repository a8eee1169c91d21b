/** The interview as a QuestionnaireResponse: what was asked, in the words in which it was put, and what was answered. */
import type { ConsultationEvent, ObservedFinding } from "../../src/index.ts";
import { measurementOf } from "./codes.ts";
import type { Dossier } from "./dossier.ts";
import { quantityOf } from "./observations.ts";
import { instantOf, textOf } from "./primitives.ts";
import type { Resource } from "./types.ts";

/** A question, or what came before the first, with what followed it up to the next. */
interface Exchange {
  /** The event's place in the list, or `opening`. */
  readonly linkId: string;
  readonly text: string;
  readonly finding: string | undefined;
  readonly said: string[];
  readonly understood: ObservedFinding[];
}

export function interviewOf(dossier: Dossier): Resource {
  const { id, subject, encounter, device, events } = dossier;
  const item = exchangesOf(events).map((exchange) => itemOf(dossier, exchange));
  const answered = events.findLast(({ type }) => type === "patient-said");
  return {
    resourceType: "QuestionnaireResponse",
    id: id("QuestionnaireResponse", 0),
    status: statusOf(dossier),
    subject,
    encounter,
    authored: instantOf((answered ?? events[0]!).time),
    author: device,
    ...(item.length > 0 && { source: subject, item }),
  };
}

/** `stopped`: before the agent was done, by a red flag, by a hand-off, or because nobody answered any more. */
function statusOf({ consultation: { ended, conclusion } }: Dossier): string {
  if (ended === undefined) return "in-progress";
  return ended === "concluded" && conclusion?.reason !== "red-flag" ? "completed" : "stopped";
}

function exchangesOf(events: readonly ConsultationEvent[]): Exchange[] {
  const opening: Exchange = { linkId: "opening", text: "Opening", finding: undefined, said: [], understood: [] };
  const exchanges = [opening];
  for (const event of events) {
    const current = exchanges.at(-1)!;
    switch (event.type) {
      case "agent-asked":
      case "agent-examined":
      case "agent-said": {
        exchanges.push({
          linkId: String(event.seq),
          text: event.text,
          finding: event.finding,
          said: [],
          understood: [],
        });
        break;
      }
      case "patient-said":
        current.said.push(event.text);
        break;
      case "finding-observed":
      case "finding-corrected":
        current.understood.push(event.observed);
        break;
    }
  }
  return exchanges.filter((exchange) => exchange !== opening || exchange.said.length > 0);
}

function itemOf(dossier: Dossier, { linkId, text, finding, said, understood }: Exchange) {
  const words = said.flatMap((each) => textOf(each) ?? []);
  const latest = new Map(understood.map((observed) => [observed.finding, observed]));
  const item = [...latest.values()]
    .filter((observed) => finding === undefined || observed.finding === finding)
    .map((observed) => codedItem(dossier, linkId, observed));
  const nested = item.length > 0 && { item };
  const [first, ...rest] = words;
  const carried = textOf(text);
  return {
    linkId,
    ...(carried !== undefined && { text: carried }),
    // What was understood stands under the words that it was read from, or by itself where there were none.
    ...(first === undefined
      ? nested
      : { answer: [{ valueString: first, ...nested }, ...rest.map((valueString) => ({ valueString }))] }),
  };
}

function codedItem(
  { findings, codes }: Dossier,
  under: string,
  { finding: id, state, values, number }: ObservedFinding,
) {
  const finding = findings.get(id)!;
  const answer = (): object[] => {
    if (state === "unknown") return [];
    if (state === "absent") return [{ valueBoolean: false }];
    if (number !== undefined) return [{ valueQuantity: quantityOf(finding, number, measurementOf(finding)) }];
    if (values === undefined) return [{ valueBoolean: true }];
    return values.map((value) => ({ valueCoding: codes.value(finding, value).coding![0] }));
  };
  const given = answer();
  return {
    linkId: `${under}/${id}`,
    text: textOf(finding.name) ?? id,
    ...(given.length > 0 && { answer: given }),
  };
}
