/** The graph is a thin adapter: the same turns as the plain loop, and none of LangGraph's traps. */
import { MemorySaver } from "@langchain/langgraph";
import { beforeAll, describe, expect, test } from "vitest";
import {
  bayesAgent,
  graphTurn,
  hostConversations,
  type Phraser,
  randomAgent,
  type TakeTurn,
  takeTurn,
} from "../../../agents/index.ts";
import { patientFor } from "../../../simulators/index.ts";
import {
  type AgentCore,
  buildLexicon,
  type ConsultationEvent,
  type EventBody,
  EventLog,
  replay,
  steppingClock,
} from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { memoryInUse } from "../../fixtures/memory.ts";
import { starterCases } from "../../fixtures/sources.ts";
import { conversation, embeddedParts } from "../conversation/talk.ts";

const parts = embeddedParts(clinic);
const asCough = { findings: [{ finding: "cough", state: "present" as const }] };
let plainGraph: TakeTurn;
beforeAll(async () => {
  plainGraph = await graphTurn();
});

/** Logs of many consultations in memory; refuses an append that does not follow what was read. */
function memoryLog() {
  const logs = new Map<string, EventLog>();
  return {
    open(id: string): void {
      const log = new EventLog(id, steppingClock());
      log.append({ type: "opened", intake: { findings: [] }, versions: {} });
      logs.set(id, log);
    },
    of: (id: string): readonly ConsultationEvent[] => logs.get(id)!.events,
    async read(id: string): Promise<readonly ConsultationEvent[]> {
      return [...logs.get(id)!.events];
    },
    async append(id: string, bodies: readonly EventBody[], expected: number): Promise<void> {
      const log = logs.get(id)!;
      if (log.events.length !== expected) throw new Error(`lost a turn: ${log.events.length} events, not ${expected}`);
      for (const body of bodies) log.append(body);
    },
  };
}

describe("the graph", () => {
  test("gives the same outputs, byte for byte, as the plain loop over starter cases", async () => {
    const { base, cases } = await starterCases(6);
    const lexicon = buildLexicon(base.findings);
    const starter = embeddedParts(base, { lexicon, core: bayesAgent(base) as AgentCore, budget: 8 });
    const graph = await graphTurn({ checkpointer: new MemorySaver() });
    for (const chosen of cases) {
      const run = async (turn: TakeTurn): Promise<string> => {
        const patient = patientFor({ case: chosen, base, lexicon, seed: 3 });
        const { say, ended, log } = conversation(
          starter,
          { age: chosen.age, sex: chosen.sex },
          { turn, id: chosen.id },
        );
        const all = [await say((await patient.open()).text)];
        for (let n = 0; n < 20 && !ended(); n++) {
          const question = all.at(-1)!.outputs.find((output) => output.type === "suggestions");
          if (!question) break;
          all.push(await say((await patient.answer({ type: "ask", finding: question.finding })).text));
        }
        return JSON.stringify([all, log.events]);
      };
      expect(await run(graph)).toBe(await run(takeTurn));
    }
  });

  test("streams: the first words come before the last ones are written", async () => {
    let finish = (): void => {};
    const slow: Phraser = {
      name: "slow",
      async *phrase() {
        yield "I see. ";
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        yield "Do you smoke?";
      },
    };
    const opened = conversation({ ...parts, phraser: slow }, asCough).log.events;
    const outputs = plainGraph({ ...parts, phraser: slow }, opened, "I cough")[Symbol.asyncIterator]();
    for (;;) {
      const { value } = (await outputs.next()) as { value: { type: string } };
      if (value.type === "text") break;
    }
    finish();
    expect((await outputs.next()).done).toBe(false);
    await outputs.return?.();
  });

  test("passes an error of a part on, and an abort", async () => {
    const broken = {
      ...parts,
      understander: { name: "broken", understand: () => Promise.reject(new Error("broken")) },
    };
    await expect(conversation(broken, asCough, { turn: plainGraph }).say("x")).rejects.toThrow("broken");
    const waiting = { ...parts, understander: { name: "waiting", understand: () => new Promise<never>(() => {}) } };
    const said = conversation(waiting, asCough, { turn: plainGraph }).say("x", AbortSignal.timeout(50));
    await expect(said).rejects.toThrow();
  });
});

describe("the checkpoint", () => {
  test("is a cache: lost, or older or newer than the list, it is rebuilt from the events", async () => {
    const checkpointer = new MemorySaver();
    const graph = await graphTurn({ checkpointer });
    const talk = async (turn: TakeTurn, between: (n: number) => Promise<void>): Promise<string> => {
      const { say, log } = conversation(parts, asCough, { turn });
      for (const [n, text] of ["I cough", "no", "no", "yes"].entries()) {
        await say(text);
        await between(n);
      }
      return JSON.stringify(log.events);
    };
    const expected = await talk(takeTurn, async () => {});
    expect(await talk(graph, async (n) => (n === 1 ? checkpointer.deleteThread("talk") : undefined))).toBe(expected);
    // The thread now holds a standing of a longer list than that of a consultation begun anew: the list wins.
    expect(await talk(graph, async () => {})).toBe(expected);
  });

  test("holds the standing, and neither the message nor the belief", async () => {
    const checkpointer = new MemorySaver();
    const { say } = conversation(parts, asCough, { turn: await graphTurn({ checkpointer }) });
    await say("my secret is a blue elephant");
    const tuple = await checkpointer.getTuple({ configurable: { thread_id: "talk" } });
    expect(JSON.stringify(tuple)).not.toMatch(/elephant|posterior/);
    expect(Object.keys(tuple!.checkpoint.channel_values)).toContain("standing");
  });

  test("grows gently: one checkpoint a turn, 200 turns under 3 MB", async () => {
    const checkpointer = new MemorySaver();
    const { base } = await starterCases(1);
    const endless = embeddedParts(base, { core: randomAgent(base) as AgentCore, budget: 1000 });
    const { say, log } = conversation(endless, asCough, { turn: await graphTurn({ checkpointer }) });
    for (let n = 0; n < 200; n++) await say("I do not know");
    expect(replay(log.events).findings.size).toBeGreaterThan(150);
    let count = 0;
    let bytes = 0;
    for (const thread of Object.values(checkpointer.storage)) {
      for (const checkpoints of Object.values(thread)) {
        for (const [checkpoint, metadata] of Object.values(checkpoints)) {
          count++;
          bytes += checkpoint.length + metadata.length;
        }
      }
    }
    expect(count).toBe(200);
    if (process.env.SHOW) console.log("bytes", bytes);
    expect(bytes).toBeLessThan(3_000_000);
  });
});

describe("messages at once", () => {
  test("on one consultation are taken one after another: none is lost", async () => {
    const log = memoryLog();
    log.open("one");
    const host = hostConversations(parts, log, await graphTurn({ checkpointer: new MemorySaver() }));
    const send = async (text: string): Promise<void> => {
      for await (const _ of host.send("one", text));
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(`I have a cough, number ${n}`)));
    const said = log.of("one").flatMap((event) => (event.type === "patient-said" ? [event.text] : []));
    expect(said).toEqual(Array.from({ length: 20 }, (_, n) => `I have a cough, number ${n}`));
    expect(host.busy).toBe(0);
  });

  test("one that fails leaves nothing and does not block the next", async () => {
    const log = memoryLog();
    log.open("one");
    const host = hostConversations(parts, log, plainGraph);
    const send = async (message: Parameters<typeof host.send>[1]): Promise<void> => {
      for await (const _ of host.send("one", message));
    };
    const bad = send({ text: "?", observed: { finding: "nonsense", state: "present" } });
    const good = send("I have a cough");
    await expect(bad).rejects.toMatchObject({ code: "unknown-suggestion" });
    await good;
    expect(log.of("one").filter(({ type }) => type === "patient-said").length).toBe(1);
  });

  test("on a hundred consultations do not touch one another", async () => {
    const log = memoryLog();
    const checkpointer = new MemorySaver();
    const host = hostConversations(parts, log, await graphTurn({ checkpointer }));
    const ids = Array.from({ length: 100 }, (_, n) => `c${n}`);
    await Promise.all(
      ids.map(async (id, n) => {
        log.open(id);
        for (const text of ["I have a cough", n % 2 ? "no" : "yes", `marker ${id}`]) {
          for await (const _ of host.send(id, text));
        }
      }),
    );
    for (const [n, id] of ids.entries()) {
      const { say, log: alone } = conversation(parts, {}, { id });
      for (const text of ["I have a cough", n % 2 ? "no" : "yes", `marker ${id}`]) await say(text);
      expect(JSON.stringify(replay(log.of(id)))).toBe(JSON.stringify(replay(alone.events)));
      expect(log.of(id).map(({ type }) => type)).toEqual(alone.events.map(({ type }) => type));
    }
  });

  test("one shared signal gathers no listeners, and a thousand runs keep no memory", async () => {
    const { signal } = new AbortController();
    const warnings: string[] = [];
    const listen = (warning: Error): unknown => warnings.push(warning.name);
    process.on("warning", listen);
    const run = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) await conversation(parts, asCough, { turn: plainGraph }).say("I cough", signal);
    };
    await run(200);
    const before = memoryInUse();
    await run(800);
    process.off("warning", listen);
    expect(warnings).toEqual([]);
    expect(memoryInUse() - before).toBeLessThan(5_000_000);
  });
});
