/** A policy that chooses in conversations with people: what it may not do, and what happens when it fails. */
import { describe, expect, test } from "vitest";
import { bayesAgent, type Message } from "../../agents/index.ts";
import { policyChooser, requireKnown } from "../../apps/policies.ts";
import { servedConversation } from "../../apps/server/conversation.ts";
import type { Symbols } from "../../gpu-trainer/dialogues/symbols.ts";
import { policyDiagnostician } from "../../gpu-trainer/index.ts";
import { type AgentCore, AnamnesisError, type ConsultationEvent, EventLog, steppingClock } from "../../src/index.ts";
import { clinic } from "../fixtures/clinic.ts";
import { type MadePolicy, scripted, symbolPolicy, type Weigh } from "../fixtures/policies.ts";

const CORE = bayesAgent(clinic) as AgentCore;

/** Says these things one after the other to a conversation in which the policy chooses. */
async function talk(policy: MadePolicy, ...messages: Message[]): Promise<readonly ConsultationEvent[]> {
  const chooser = policyChooser(clinic, policyDiagnostician(policy, { parsing: "lenient" }));
  const served = servedConversation(clinic, CORE, { budget: 3, parts: { chooser } });
  const log = new EventLog("talk", steppingClock());
  log.append({ type: "opened", intake: { age: 50, sex: "male", findings: [] }, versions: { ...served.versions } });
  log.append({ type: "consented", disclaimer: "No advice." });
  for (const message of messages) {
    for await (const output of served.turn(log.events, message, new AbortController().signal)) {
      if (output.type === "event") log.append(output.body);
    }
  }
  return log.events;
}
const askedIn = (events: readonly ConsultationEvent[]) =>
  events.flatMap((event) => (event.type === "agent-asked" ? [event.finding] : []));

describe("a policy in a conversation", () => {
  test("asks and concludes, in the words of the templates", async () => {
    const events = await talk(symbolPolicy(scripted(["smoker", "fever"], "cold")), "I have a cough", "no", "no");
    expect(askedIn(events)).toEqual(["smoker", "fever"]);
    expect(events[0]).toMatchObject({ versions: { chooser: "policy:made@0" } });
    expect(events.at(-1)).toMatchObject({
      type: "concluded",
      conclusion: { abstained: false, differential: { entries: [{ condition: "cold" }, {}, {}, {}] } },
      text: expect.stringContaining("not a diagnosis"),
    });
  });

  test("reads what was volunteered as it would have read an answer", async () => {
    const prompts: string[] = [];
    const spying = (symbols: Symbols): Weigh => {
      const [smoker, cold] = [symbols.ask("smoker"), symbols.diagnosis("cold")];
      return (prompt, token) => {
        prompts.push(prompt.map(symbols.word).join(" "));
        return Number(token === (prompt.includes(smoker) ? cold : smoker));
      };
    };
    await talk(symbolPolicy(spying), "I have a cough and a fever", "yes");
    expect(prompts).toContain("age:adult sex:male ask:cough yes ask:fever yes ask:smoker yes");
  });

  test("does not go on past a red flag: that is code", async () => {
    const policy = symbolPolicy(scripted(["smoker"], "cold"));
    const observed = { finding: "cough-type", state: "present" as const, values: ["bloody"] };
    const events = await talk(policy, { text: "There is blood in it", observed });
    expect(events.some(({ type }) => type === "red-flag-raised")).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: "concluded", conclusion: { urgency: "emergency" } });
    expect(policy.calls).toEqual([]);
  });

  test("is at least as urgent as the core believes", async () => {
    const events = await talk(symbolPolicy(scripted([], "cold")), "I have a high fever and a cough");
    const core = CORE.decide(
      CORE.open(
        { age: 50, sex: "male", findings: ["fever", "cough"].map((finding) => ({ finding, state: "present" })) },
        "x",
      ),
      { asked: 0, budget: 0 },
    );
    const conclusion = { urgency: core.type === "conclude" ? core.urgency : undefined };
    expect(events.at(-1)).toMatchObject({ type: "concluded", conclusion });
    expect(conclusion.urgency).toBe("within-24-hours");
  });

  test("that fails is stood in for by the core, and the list says so", async () => {
    const failing = symbolPolicy(scripted(["smoker"], "cold"));
    const broken: MadePolicy = {
      ...failing,
      sampler: {
        ...failing.sampler,
        sample: async () => {
          throw new AnamnesisError("worker-died", "it is gone", { fault: "work" });
        },
      },
    };
    const events = await talk(broken, "I have a cough");
    expect(events).toContainEqual(
      expect.objectContaining({ type: "fell-back", part: "chooser", reason: "worker-died" }),
    );
    const own = CORE.decide(
      CORE.open({ age: 50, sex: "male", findings: [{ finding: "cough", state: "present" }] }, "x"),
      {
        asked: 0,
        budget: 3,
      },
    );
    expect(askedIn(events)).toEqual([own.type === "ask" ? own.finding : undefined]);
  });
});

describe("a policy's own knowledge", () => {
  test("is held against the cases' before anything is asked", () => {
    const fewer = { ...clinic, id: "annex", findings: clinic.findings.filter(({ id }) => id !== "smoker") };
    const stored = { run: "winter", base: clinic } as Parameters<typeof requireKnown>[0];
    expect(() => requireKnown(stored, clinic)).not.toThrow();
    expect(() => requireKnown(stored, fewer)).toThrow("annex has no finding smoker");
  });
});
