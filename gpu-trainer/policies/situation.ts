/**
 * A consultation as a policy looks back on it: what brought the patient, then question by question what was said and
 * understood. A fold over the list of events.
 */
import type { ConsultationEvent, Intake, ObservedFinding } from "../../src/index.ts";

export interface Situation {
  readonly consultation: string;
  readonly person: Pick<Intake, "age" | "sex">;
  readonly opening: Said;
  /** In order. */
  readonly exchanges: readonly Exchange[];
  /** Questions that may still be put. */
  readonly left: number;
}

/** Words, and what they were understood as. */
export interface Said {
  readonly text: string;
  readonly observed: readonly ObservedFinding[];
}

export interface Exchange extends Said {
  readonly act: "ask" | "examine";
  readonly question: string;
  /** The finding that was asked about, where it was one. */
  readonly finding?: string | undefined;
}

/** `events`: one consultation's list. */
export function situationOf(events: readonly ConsultationEvent[], left: number): Situation {
  const consultation = events[0]?.consultation ?? "";
  let person: Situation["person"] = {};
  let opening: Said = { text: "", observed: [] };
  const exchanges: Exchange[] = [];
  const add = (more: Partial<Said>): void => {
    const last = exchanges.at(-1);
    const grow = <S extends Said>(said: S): S => ({
      ...said,
      text: [said.text, more.text].filter(Boolean).join("\n"),
      observed: [...said.observed, ...(more.observed ?? [])],
    });
    if (last) exchanges[exchanges.length - 1] = grow(last);
    else opening = grow(opening);
  };
  for (const event of events) {
    switch (event.type) {
      case "opened":
        person = { age: event.intake.age, sex: event.intake.sex };
        add({ observed: event.intake.findings });
        break;
      case "patient-said":
        add({ text: event.text });
        break;
      case "finding-observed":
      case "finding-corrected":
        add({ observed: [event.observed] });
        break;
      case "agent-asked":
      case "agent-examined": {
        const act = event.type === "agent-asked" ? "ask" : "examine";
        exchanges.push({ act, question: event.text, finding: event.finding, text: "", observed: [] });
        break;
      }
      default:
        break;
    }
  }
  return { consultation, person, opening, exchanges, left };
}

/** The latest word on each finding. */
export function knownIn({ opening, exchanges }: Situation): Map<string, ObservedFinding> {
  const all = [opening, ...exchanges].flatMap(({ observed }) => observed);
  return new Map(all.map((observed) => [observed.finding, observed]));
}
