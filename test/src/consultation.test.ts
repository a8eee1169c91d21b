import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bayesAgent, randomAgent } from "../../agents/index.ts";
import { consult } from "../../environments/index.ts";
import { patientFor } from "../../simulators/index.ts";
import {
  type Act,
  type AgentCore,
  buildLexicon,
  type ConsultationEvent,
  type EventBody,
  EventLog,
  nextAct,
  replay,
  steppingClock,
} from "../../src/index.ts";
import { clinic, smoker } from "../fixtures/clinic.ts";

const lexicon = buildLexicon(clinic.findings);

function consulted(core: AgentCore, budget = 6): Promise<ConsultationEvent[]> {
  const patient = patientFor({ case: smoker, base: clinic, lexicon, seed: 1 });
  const person = { age: smoker.age, sex: smoker.sex };
  return consult(core, patient, { id: "c-1", clock: steppingClock(), base: clinic, lexicon, budget, person });
}

/** The probabilities that an act concludes with. */
function leaders(act: Act): Map<string, number> {
  if (act.type !== "conclude") throw new Error(`expected a conclusion, got ${act.type}`);
  return new Map(act.differential.entries.map(({ condition, probability }) => [condition, probability]));
}

const agents = (): AgentCore[] => [
  bayesAgent(clinic, { examine: true, minGain: 0 }) as AgentCore,
  randomAgent(clinic) as AgentCore,
];

describe("replaying a consultation", () => {
  test("gives what was known, asked, raised and concluded", async () => {
    const events = await consulted(bayesAgent(clinic, { examine: true, minGain: 0 }) as AgentCore);
    const consultation = replay(events);
    expect(consultation).toMatchObject({ id: "c-1", turns: 6, ended: "concluded", intake: { age: 50, sex: "male" } });
    expect(consultation.asked).toHaveLength(6);
    expect([...consultation.findings.keys()]).toEqual(["cough", ...consultation.asked]);
    expect(consultation.findings.get("cough-type")?.values).toEqual(["bloody"]);
    expect(consultation.redFlags.map(({ rule }) => rule)).toEqual(["blood-coughed-up"]);
    expect(consultation.conclusion?.differential.entries[0]?.condition).toBe("pneumonia");
  });

  test("gives the same each time, also from JSON, and leaves the events alone", async () => {
    const events = await consulted(agents()[0]!);
    const before = JSON.stringify(events);
    expect(replay(events)).toEqual(replay(events));
    expect(replay(JSON.parse(before))).toEqual(replay(events));
    expect(JSON.stringify(events)).toBe(before);
  });

  test("of any beginning of the list is the consultation as it stood then", async () => {
    const events = await consulted(agents()[0]!);
    let turns = 0;
    for (let end = 1; end < events.length; end++) {
      const sofar = replay(events.slice(0, end));
      expect(sofar.ended).toBeUndefined();
      expect(sofar.turns).toBeGreaterThanOrEqual(turns);
      expect(replay(events).asked.slice(0, sofar.asked.length)).toEqual(sofar.asked);
      turns = sofar.turns;
    }
  });

  test("takes the latest word on each finding: a correction replaces what was observed, in its old place", () => {
    const log = new EventLog("c", steppingClock());
    const bodies: EventBody[] = [
      { type: "opened", intake: { findings: [{ finding: "cough", state: "present" }] }, versions: {} },
      { type: "finding-observed", observed: { finding: "fever", state: "present" } },
      { type: "finding-corrected", observed: { finding: "cough", state: "absent" } },
    ];
    for (const body of bodies) log.append(body);
    const { findings } = replay(log.events);
    expect([...findings.values()]).toEqual([
      { finding: "cough", state: "absent" },
      { finding: "fever", state: "present" },
    ]);
  });

  test("knows how it ended", () => {
    const opened: EventBody = { type: "opened", intake: { findings: [] }, versions: {} };
    const endOf = (body: EventBody) => {
      const log = new EventLog("c", steppingClock());
      log.append(opened);
      log.append(body);
      return replay(log.events).ended;
    };
    expect(endOf({ type: "handed-off", reason: "out of scope" })).toBe("handed-off");
    expect(endOf({ type: "abandoned", reason: "interrupted" })).toBe("abandoned");
    expect(endOf({ type: "patient-said", text: "Hello." })).toBeUndefined();
  });
});

describe("the next act, folded from the events alone", () => {
  test("is the act that the running core took, at every turn", async () => {
    for (const core of agents()) {
      for (const budget of [0, 1, 3, 6]) {
        const events = await consulted(core, budget);
        for (const [i, event] of events.entries()) {
          if (event.type !== "agent-asked" && event.type !== "agent-examined" && event.type !== "concluded") continue;
          const act = nextAct(core, events.slice(0, i), budget);
          const took = event.type === "concluded" ? event.conclusion : { finding: event.finding };
          expect(act, `${core.name} at ${i}`).toMatchObject(took);
        }
      }
    }
  });

  test("after a correction is the act of who never heard otherwise", () => {
    const core = bayesAgent(clinic, { minGain: 0, examine: true });
    const states = ["present", "absent"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.constantFrom("fever", "smoker", "chest-x-ray"), (state, finding) => {
        const log = (bodies: EventBody[]): ConsultationEvent[] => {
          const list = new EventLog("c", steppingClock());
          list.append({ type: "opened", intake: { findings: [] }, versions: {} });
          for (const body of bodies) list.append(body);
          return list.events;
        };
        const other = states.find((one) => one !== state)!;
        const corrected = log([
          { type: "finding-observed", observed: { finding, state: other } },
          { type: "finding-corrected", observed: { finding, state } },
        ]);
        const plain = log([{ type: "finding-observed", observed: { finding, state } }]);
        const expected = leaders(nextAct(core, plain, 0));
        for (const [condition, probability] of leaders(nextAct(core, corrected, 0))) {
          expect(probability, condition).toBeCloseTo(expected.get(condition)!, 9);
        }
      }),
    );
  });
});
