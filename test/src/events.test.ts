import { describe, expect, test } from "vitest";
import { ConsultationEvent, checkSequence, type EventBody, EventLog, steppingClock } from "../../src/index.ts";

const BODIES: EventBody[] = [
  { type: "opened", intake: { age: 40, sex: "male", complaint: "I cough.", findings: [] }, versions: { agent: "a/1" } },
  { type: "consented", disclaimer: "This is no medical advice." },
  { type: "patient-said", text: "I cough." },
  { type: "attachment-received", attachment: { type: "image/jpeg", url: "telegram:rash" } },
  { type: "agent-asked", turn: 1, finding: "fever", text: "Have you had a temperature?" },
  { type: "agent-examined", turn: 2, text: "A chest X-ray, please." },
  { type: "agent-said", text: "It tells how ill you are. Have you had a temperature?", finding: "fever" },
  { type: "finding-observed", observed: { finding: "fever", state: "present" } },
  { type: "finding-corrected", observed: { finding: "fever", state: "absent" } },
  { type: "red-flag-raised", rule: "r", urgency: "emergency", message: "Go now." },
  { type: "fell-back", part: "model", reason: "timeout" },
  { type: "model-called", part: "phraser", input: 120, output: 14, cost: 0.0003 },
  {
    type: "concluded",
    conclusion: { type: "conclude", differential: { entries: [], other: 1 }, abstained: true, reason: "gain" },
  },
  { type: "reviewed", reviewer: "Dr. Ames", decision: "confirmed" },
  { type: "handed-off", reason: "out of scope" },
  { type: "abandoned", reason: "interrupted" },
  { type: "notified", to: "records", outcome: "dead", attempts: 8, reason: "HTTP 500" },
];

const logOf = (bodies: readonly EventBody[]): EventLog => {
  const log = new EventLog("c-1", steppingClock());
  for (const body of bodies) log.append(body);
  return log;
};

describe("an event log", () => {
  test("writes every type of event as the schema reads it, through JSON and back", () => {
    const { events } = logOf(BODIES);
    const types = ConsultationEvent.options.map(({ shape }) => shape.type.value);
    expect(events.map(({ type }) => type)).toEqual(types);
    for (const event of events) expect(ConsultationEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  test("gives each event its place, its time from the clock, and its actor", () => {
    const { events } = logOf(BODIES);
    expect(events.map(({ seq }) => seq)).toEqual(BODIES.map((_, i) => i));
    expect(events[0]).toMatchObject({ time: "2000-01-01T00:00:00.000Z", actor: "system", consultation: "c-1" });
    expect(events[2]).toMatchObject({ time: "2000-01-01T00:00:02.000Z", actor: "patient" });
    expect(events[4]).toMatchObject({ actor: "agent" });
    expect(events[13]).toMatchObject({ actor: "clinician" });
  });

  test("writes the same bytes when run again", () => {
    expect(JSON.stringify(logOf(BODIES).events)).toBe(JSON.stringify(logOf(BODIES).events));
  });
});

describe("the schema of events refuses", () => {
  const { events } = logOf(BODIES);
  const accepts = (event: unknown): boolean => ConsultationEvent.safeParse(event).success;

  test("keys that it does not know, at any depth: a label cannot travel along", () => {
    for (const event of events) expect(accepts({ ...event, label: "flu" }), event.type).toBe(false);
    const [opened] = events;
    expect(accepts({ ...opened, intake: { findings: [], label: "flu" } })).toBe(false);
    expect(accepts({ ...events[7], observed: { finding: "fever", state: "present", label: "flu" } })).toBe(false);
  });

  test("types that do not exist, missing fields, places and times that are none", () => {
    const said = events[2];
    expect(accepts(said)).toBe(true);
    expect(accepts({ ...said, type: "agent-thought" })).toBe(false);
    expect(accepts({ ...said, text: undefined })).toBe(false);
    expect(accepts({ ...said, seq: -1 })).toBe(false);
    expect(accepts({ ...said, seq: 1.5 })).toBe(false);
    expect(accepts({ ...said, time: "yesterday" })).toBe(false);
    expect(accepts({ ...said, actor: "nurse" })).toBe(false);
    expect(accepts({ ...events[4], turn: 0 })).toBe(false);
    expect(accepts({ ...said, text: "a".repeat(20_001) })).toBe(false);
  });
});

describe("a list of events is one consultation's", () => {
  const order = expect.objectContaining({ code: "event-order" });
  const [opened, , said, asked] = logOf(BODIES).events as [ConsultationEvent, ...ConsultationEvent[]];

  test("where it begins with its opening and leaves out no place", () => {
    expect(() => checkSequence(logOf(BODIES).events)).not.toThrow();
    expect(() => checkSequence([opened])).not.toThrow();
  });

  test("not where it is empty, begins elsewhere, has a gap, a repetition, or a stranger in it", () => {
    const next = { ...said!, seq: 1 };
    const faults: ConsultationEvent[][] = [
      [],
      [{ ...said!, seq: 0 }],
      [{ ...opened, seq: 1 }],
      [opened, said!],
      [opened, next, next],
      [opened, { ...asked!, seq: 2 }, next],
      [opened, { ...next, consultation: "c-2" }],
      [opened, { ...opened, seq: 1 }],
    ];
    for (const events of faults) expect(() => checkSequence(events)).toThrow(order);
  });

  test("and the fault names its place", () => {
    expect(() => checkSequence([opened, said!])).toThrow(expect.objectContaining({ place: { field: "events[1]" } }));
  });
});
