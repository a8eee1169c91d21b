/** AG-UI, driven by its own client against a running server: events, shared state, interrupts. */
import { HttpAgent, type Interrupt, parseProtoStream, runHttpRequest } from "@ag-ui/client";
import type { BaseEvent } from "@ag-ui/core";
import { EventSchema } from "@ag-ui/core/schemas";
import { describe, expect, test } from "vitest";
import { agUiEndpoints } from "../../../apps/protocols/ag-ui/index.ts";
import type { ConsultationState } from "../../../apps/protocols/ag-ui/state.ts";
import type { ServerOptions } from "../../../apps/server/server.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { serving } from "../server/serving.ts";

const consented = { consent: true };

async function served(options: Partial<ServerOptions> = {}) {
  const store = memoryStore();
  const { url } = await serving({ store, endpoints: agUiEndpoints, ...options });
  return { store, url, endpoint: `${url}/v1/ag-ui` };
}

/** A page with a thread of its own, or a given one. */
function page(url: string, threadId: string = crypto.randomUUID()) {
  const agent = new HttpAgent({ url, threadId });
  let count = agent.messages.length;
  return {
    agent,
    /** Says something; gives what the agent said, and every event. */
    async say(text: string, forwardedProps: object = consented) {
      agent.addMessage({ id: `${threadId}-${count++}`, role: "user", content: text });
      return this.run(forwardedProps);
    },
    async run(forwardedProps: object = consented, more: object = {}) {
      const events: BaseEvent[] = [];
      const { newMessages, result } = await agent.runAgent(
        { forwardedProps, ...more },
        { onEvent: ({ event }) => void events.push(event) },
      );
      return { text: newMessages.map(({ content }) => content).join("\n"), events, result };
    },
    get state(): ConsultationState {
      return agent.state;
    },
  };
}

const typesOf = (events: readonly BaseEvent[]): string[] => [...new Set(events.map(({ type }) => type))];
const namesOf = (events: readonly BaseEvent[]): unknown[] =>
  events.flatMap((event) => ("name" in event ? [event.name] : []));

describe("A run", () => {
  test("goes from consent to conclusion, and the state follows", async () => {
    const { endpoint, store } = await served();
    const person = page(endpoint);
    const hello = await person.say("hello", {});
    expect(hello.text).toContain("Reply YES");
    expect(hello.result).toMatchObject({ ended: false, suggestions: ["Yes", "No"] });
    expect(person.state).toMatchObject({ consented: false, understood: {} });
    expect((await person.say("yes", {})).text).toContain("what troubles you most");
    expect(person.state.consented).toBe(true);
    let { text, result } = await person.say("I have a runny nose and a sore throat", {});
    expect(Object.values(person.state.understood).length).toBeGreaterThan(1);
    for (let n = 0; n < 8 && !result.ended; n++) ({ text, result } = await person.say("Not sure", {}));
    expect(text).toMatch(/no further questions.* This is not a diagnosis/);
    expect(person.state).toMatchObject({ ended: true, conclusion: { abstained: expect.any(Boolean) } });
    expect(JSON.stringify(person.state)).not.toMatch(/probability|differential/);
    expect(await store.list()).toHaveLength(1);
  });

  test("tells events in AG-UI's order, each as its schema has it", async () => {
    const { endpoint } = await served();
    const person = page(endpoint);
    const { events } = await person.say("I have a cough");
    expect(typesOf(events)).toEqual([
      "RUN_STARTED",
      "STATE_SNAPSHOT",
      "TEXT_MESSAGE_START",
      "TEXT_MESSAGE_CONTENT",
      "TEXT_MESSAGE_END",
      "STATE_DELTA",
      "CUSTOM",
      "RUN_FINISHED",
    ]);
    for (const event of events) EventSchema.parse(event);
    const next = await person.say("no");
    expect(typesOf(next.events)).not.toContain("STATE_SNAPSHOT");
    expect(typesOf(next.events)).toContain("STATE_DELTA");
  });

  test("leaves clinicians the server's differential, moved by patches", async () => {
    const { endpoint, url } = await served({ audience: "clinician" });
    const person = page(endpoint);
    for (const text of ["I have a runny nose and a sore throat", "no", "no fever", "yes"]) {
      await person.say(text);
      const at = `${url}/v1/consultations/${person.state.consultation}/differential`;
      const { differential } = (await (await fetch(at)).json()) as { differential: unknown };
      expect(person.state.differential).toEqual(differential);
    }
  });

  test("heeds a red flag in the first message, before consent", async () => {
    const { endpoint } = await served();
    const person = page(endpoint);
    const { text, events } = await person.say("I cough up a lot of blood", {});
    expect(text).toContain("I stop my questions here.");
    expect(namesOf(events)).toEqual(["red-flag"]);
    expect(person.state).toMatchObject({ consented: false, ended: true });
    expect(Object.keys(person.state.redFlags)).toHaveLength(1);
  });

  test("goes on with a thread on another server over the same store, and undoes a client's changes of the state", async () => {
    const { endpoint, store } = await served();
    const person = page(endpoint);
    await person.say("I have a cough");
    const other = await served({ store });
    person.agent.url = other.endpoint;
    const before = structuredClone(person.agent.state);
    person.agent.setState({ ...before, ended: true });
    const { events } = await person.run();
    expect(typesOf(events)).toContain("STATE_SNAPSHOT");
    expect(person.agent.state).toEqual(before);
    await person.say("no");
    expect(await store.list()).toHaveLength(1);
  });

  test("answers the same message again as before", async () => {
    const { endpoint, store } = await served();
    const person = page(endpoint, "thread");
    const first = await person.say("I have a cough");
    const again = page(endpoint, "thread");
    const second = await again.say("I have a cough");
    expect(second.text).toBe(first.text);
    const [id] = await store.list();
    const said = (await store.read(id!)).filter(({ event }) => event.type === "patient-said");
    expect(said).toHaveLength(1);
  });

  test("says a thread that the server does not know from its beginning", async () => {
    const { endpoint } = await served();
    const person = page(endpoint);
    await person.say("I have a cough");
    const { text } = await person.say("no");
    const elsewhere = await served();
    const other = page(elsewhere.endpoint, person.agent.threadId);
    other.agent.setMessages(person.agent.messages.slice(0, -1));
    expect((await other.run()).text).toBe(text);
    expect(other.state.understood).toEqual(person.state.understood);
  });

  test("without words tells how things stand, and begins nothing", async () => {
    const { endpoint, store } = await served();
    const { events } = await page(endpoint).run();
    expect(typesOf(events)).toEqual(["RUN_STARTED", "RUN_FINISHED"]);
    expect(await store.list()).toEqual([]);
  });

  test("of two at once on a thread, both are answered, one after the other", async () => {
    const { endpoint, store } = await served();
    const [one, two] = [page(endpoint, "thread"), page(endpoint, "thread")];
    one.agent.addMessage({ id: "a", role: "user", content: "I have a cough" });
    two.agent.addMessage({ id: "b", role: "user", content: "I have a fever" });
    const texts = await Promise.all([one.run(), two.run()]);
    expect(texts.every(({ text }) => text.length > 10)).toBe(true);
    expect(await store.list()).toHaveLength(1);
  });
});

describe("An interrupt", () => {
  const props = { ...consented, interrupts: true };
  const asked = (person: ReturnType<typeof page>): Interrupt[] => person.agent.pendingInterrupts;

  test("stands for each question where the page wants it, and is resumed by words", async () => {
    const { endpoint } = await served();
    const person = page(endpoint);
    let { text } = await person.say("I have a runny nose and a sore throat", props);
    expect(asked(person)).toMatchObject([
      { reason: "input_required", message: text, metadata: { suggestions: expect.arrayContaining(["Not sure"]) } },
    ]);
    for (let n = 0; n < 8 && asked(person).length > 0; n++) {
      const resume = asked(person).map(({ id }) => ({ interruptId: id, status: "resolved", payload: "Not sure" }));
      ({ text } = await person.run(props, { resume }));
    }
    expect(text).toContain("no further questions");
  });

  test("is resumed once: the same again is answered as before, a strange one is an error of the run", async () => {
    const { endpoint, store } = await served();
    const person = page(endpoint, "thread");
    await person.say("I have a cough", props);
    const resume = asked(person).map(({ id }) => ({ interruptId: id, status: "resolved", payload: "no" }));
    const { text } = await person.run(props, { resume });
    const again = page(endpoint, "thread");
    expect((await again.run(props, { resume })).text).toBe(text);
    const strange = [{ interruptId: "question-2", status: "resolved", payload: "yes" }];
    const refused = page(endpoint, "thread").run(props, { resume: strange });
    await expect(refused).resolves.toMatchObject({ events: [{}, { type: "RUN_ERROR", code: "not-offered" }] });
    const [id] = await store.list();
    expect((await store.read(id!)).filter(({ event }) => event.type === "patient-said")).toHaveLength(2);
  });

  test("may be cancelled: nothing is said", async () => {
    const { endpoint } = await served();
    const person = page(endpoint);
    await person.say("I have a cough", props);
    const before = structuredClone(person.agent.state);
    const resume = asked(person).map(({ id }) => ({ interruptId: id, status: "cancelled" }));
    await person.run(props, { resume });
    expect(person.agent.state).toEqual(before);
    expect(asked(person)).toEqual([]);
    expect((await person.say("no", props)).text).toMatch(/\?$/);
  });
});

test("events come in AG-UI's binary form where it is asked for by name", async () => {
  const { endpoint } = await served();
  const body = {
    threadId: "t",
    runId: "r",
    messages: [{ id: "1", role: "user", content: "hi" }],
    state: {},
    tools: [],
  };
  const request = (accept: string) => ({
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ ...body, context: [], forwardedProps: consented }),
  });
  const told = runHttpRequest(() => fetch(endpoint, request("application/vnd.ag-ui.event+proto")));
  const events: BaseEvent[] = [];
  await new Promise<void>((resolve, reject) => {
    parseProtoStream(told).subscribe({ next: (event) => void events.push(event), error: reject, complete: resolve });
  });
  expect(typesOf(events)).toEqual(expect.arrayContaining(["RUN_STARTED", "STATE_SNAPSHOT", "RUN_FINISHED"]));
  expect((await fetch(endpoint, request("*/*"))).headers.get("content-type")).toBe("text/event-stream");
});
