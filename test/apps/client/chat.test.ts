/** The client against real servers: a consultation, two clients on one, and what stands in the way. */
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { ticketsFrom } from "../../../apps/client/index.ts";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { inFolder } from "../cli/command.ts";
import { serving } from "../server/serving.ts";
import { begun, chatting, isAnswered, isOpen, say, shown, until, wordsOf } from "./chatting.ts";

describe("a consultation", () => {
  test("shows the disclaimer first, asks nothing before consent, and goes on to a conclusion", async () => {
    const client = chatting((await serving()).url);
    const { disclaimer, audience, entries } = await until(client, isOpen);
    expect(disclaimer).toMatch(/not a diagnosis/);
    expect(audience).toBe("patient");
    expect(entries).toEqual([]);
    await begun(client, { age: 34, sex: "female" });
    expect(client.state.person).toEqual({ age: 34, sex: "female" });
    let state = await say(client, "I have a runny nose and a sore throat");
    expect(state.understood.map(({ name, state }) => [name, state])).toContainEqual(["sore throat", "present"]);
    while (!state.ended) {
      const { question } = state;
      expect(question).toMatchObject({ purpose: expect.stringMatching(/\w/), suggestions: expect.any(Array) });
      client.choose(question!.suggestions.find(({ label }) => label === "No") ?? question!.suggestions.at(-1)!);
      state = await until(client, isAnswered);
    }
    expect(state.entries.at(-1)).toMatchObject({ kind: "conclusion", disclaimer });
    expect(state.question).toBeUndefined();
    expect(state.entries.filter(({ kind }) => kind === "error")).toEqual([]);
  });

  test("streams what the agent says, and then shows it whole", async () => {
    const client = chatting((await serving()).url);
    await begun(client);
    const streamed: string[] = [];
    client.subscribe(() => client.state.streaming && streamed.push(client.state.streaming));
    const { question, streaming } = await say(client, "I have a cough");
    expect(streamed.at(-1)!.trim()).toBe(question!.text);
    expect(streaming).toBeUndefined();
  });

  test("shows what was said at once, and each state is a new object that stays as it is", async () => {
    const client = chatting((await serving()).url);
    await begun(client);
    client.say("I have a cough");
    const sending = client.state;
    expect(sending.entries.at(-1)).toMatchObject({ kind: "person", text: "I have a cough", status: "sending" });
    expect(sending.awaiting).toBe(true);
    await until(client, isAnswered);
    expect(sending.entries.at(-1)).toMatchObject({ status: "sending" });
    const { key } = sending.entries.at(-1)!;
    expect(client.state.entries.find((entry) => entry.key === key)).toMatchObject({ status: "accepted", seq: 3 });
  });

  test("takes several messages in a row, and answers each in its place", async () => {
    const client = chatting((await serving()).url);
    await begun(client);
    for (const text of ["I have a cough", "no", "not sure"]) client.say(text);
    const { entries } = await until(client, isAnswered);
    expect(entries.map(({ kind }) => kind)).toEqual(["agent", "person", "agent", "person", "agent", "person", "agent"]);
  });

  test("stops at a red flag, which says whom to call", async () => {
    const client = chatting((await serving()).url);
    await begun(client, { age: 61, sex: "male" });
    const { entries, ended } = await say(
      client,
      "I have crushing chest pain, I am sweating, and it spreads to my left arm. I am short of breath.",
    );
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["red-flag", "conclusion"]));
    expect(entries.find(({ kind }) => kind === "red-flag")).toMatchObject({ emergencyNumber: "112" });
    expect(ended).toBe(true);
  });

  test("keeps a clinician's differential as the server has it; a patient's state holds none", async () => {
    const { url } = await serving({ audience: "clinician" });
    const client = chatting(url);
    const consultation = await begun(client);
    await say(client, "I have a runny nose and a cough");
    for (const text of ["no", "yes", "no"]) {
      await say(client, text);
      const answer = await fetch(`${url}/v1/consultations/${consultation}/differential`);
      const { differential } = (await answer.json()) as { differential: object };
      await until(
        client,
        (state) => JSON.stringify(sorted(state.differential)) === JSON.stringify(sorted(differential)),
      );
    }
    const patient = chatting((await serving()).url);
    await begun(patient);
    await say(patient, "I have a runny nose and a cough");
    expect(JSON.stringify(patient.state)).not.toMatch(/probability|differential|weight/);
  });

  test("says itself when a message is too long, and goes on", async () => {
    const client = chatting((await serving()).url);
    await begun(client);
    client.say("cough ".repeat(4_000));
    expect(client.state.entries.slice(-2)).toMatchObject([
      { kind: "person", status: "failed" },
      { kind: "error", code: "too-long", advice: expect.stringMatching(/fewer words/) },
    ]);
    await say(client, "I have a cough");
    expect(client.state.question).toBeDefined();
  });
});

describe("two clients on one consultation", () => {
  test("see the same, whoever speaks, and so does a third that comes later", async () => {
    const { url } = await serving();
    const [one, two] = [chatting(url), chatting(url)];
    two.resume(await begun(one));
    await until(two, isOpen);
    await say(one, "I have a cough");
    await until(two, ({ question }) => question !== undefined);
    await say(two, "no");
    await say(one, "why do you ask that?");
    await until(two, ({ lastSeq }) => lastSeq === one.state.lastSeq);
    expect(shown(two.state)).toEqual(shown(one.state));
    const late = chatting(url);
    late.resume(one.state.consultation!);
    await until(late, ({ lastSeq }) => lastSeq === one.state.lastSeq);
    expect(shown(late.state)).toEqual(shown(one.state));
  });

  test("that say the same words at once have said them twice", async () => {
    const { url } = await serving();
    const [one, two] = [chatting(url), chatting(url)];
    two.resume(await begun(one));
    await until(two, isOpen);
    one.say("I have a cough");
    two.say("I have a cough");
    for (const client of [one, two]) {
      await until(client, (state) => isAnswered(state) && wordsOf(state).length === 2);
      expect(wordsOf(client.state)).toEqual(["I have a cough", "I have a cough"]);
    }
  });
});

describe("what stands in the way is told with what to do", () => {
  test("a wrong token, and none; the right one opens", () =>
    inFolder(async (folder) => {
      const token = await addToken(`${folder}/tokens.json`, "ward-3", "patient");
      const { url } = await serving({ tokens: await readTokenFile(`${folder}/tokens.json`) });
      for (const wrong of ["guessed", undefined]) {
        const client = chatting(url, { ticket: ticketsFrom({ url, token: wrong }) });
        const { problem } = await until(client, ({ connection }) => connection === "closed");
        expect(problem).toMatchObject({ code: "unauthorized", advice: expect.stringMatching(/valid bearer token/) });
      }
      const client = chatting(url, { ticket: ticketsFrom({ url, token }) });
      await begun(client);
    }));

  test("a ticket that was used is told as a server that cannot be reached, and tried again", async () => {
    await inFolder(async (folder) => {
      await addToken(`${folder}/tokens.json`, "ward-3", "patient");
      const { url } = await serving({ tokens: await readTokenFile(`${folder}/tokens.json`) });
      const client = chatting(url, { ticket: async () => "used" });
      const { problem } = await until(client, ({ connection }) => connection === "waiting");
      expect(problem).toMatchObject({ code: "unreachable" });
    });
  });

  test("no server: it is tried again, until there is one", async () => {
    const gone = await serving();
    const { port, url } = gone;
    await gone.drain();
    const client = chatting(url, { ticket: ticketsFrom({ url }) });
    const { problem, nextTryMs } = await until(client, ({ connection }) => connection === "waiting");
    expect(problem).toMatchObject({ code: "unreachable", advice: expect.stringMatching(/network/) });
    expect(nextTryMs).toBeGreaterThan(0);
    await serving({ port });
    const state = await until(client, isOpen);
    expect(state.problem).toBeUndefined();
  });

  test("a consultation that there is not", async () => {
    const client = chatting((await serving()).url);
    client.resume("0-0");
    const { problem } = await until(client, ({ connection }) => connection === "closed");
    expect(problem).toMatchObject({ code: "not-found", advice: expect.stringMatching(/new consultation/) });
  });

  test("a consultation that was deleted meanwhile: what is said then fails", async () => {
    const { url } = await serving();
    const client = chatting(url);
    const consultation = await begun(client);
    await fetch(`${url}/v1/consultations/${consultation}`, { method: "DELETE" });
    expect((await until(client, ({ connection }) => connection === "closed")).problem).toMatchObject({
      code: "deleted",
    });
    client.say("hello?");
    expect(client.state.entries.at(-1)).toMatchObject({ text: "hello?", status: "failed" });
    expect(client.state.awaiting).toBe(false);
  });

  test("a server that speaks otherwise; a type that is not known is passed over", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.on("connection", (socket) => {
      socket.send('{"type":"weather","seq":0,"sunny":true}');
      setImmediate(() => socket.send('{"type":"hello","seq":0,"protocol":"other.v7"}'));
    });
    const client = chatting(`http://127.0.0.1:${port}`);
    const { problem } = await until(client, ({ connection }) => connection === "closed");
    server.close();
    expect(problem).toMatchObject({ code: "not-understood", advice: expect.stringMatching(/version/) });
  });
});

/** Members in the order of their names, at every depth. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
