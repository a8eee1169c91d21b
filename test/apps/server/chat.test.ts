/** A consultation over a WebSocket, from hello to conclusion. */
import { describe, expect, test } from "vitest";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { connect, opened } from "./client.ts";
import { serving } from "./serving.ts";

describe("a consultation", () => {
  test("goes from hello over questions to a conclusion, the disclaimer at both ends", async () => {
    const { url } = await serving();
    const client = await connect(url);
    const hello = await client.next("hello");
    expect(hello).toMatchObject({ seq: 0, protocol: "anamnesis.v1", audience: "patient" });
    client.send({ type: "open", consent: true, age: 34, sex: "female" });
    const opened = await client.next("opened");
    expect(opened).toMatchObject({ seq: 1, age: 34, sex: "female", disclaimer: hello.disclaimer });
    expect((await client.next("consented")).disclaimer).toBe(hello.disclaimer);
    await client.say("I have a runny nose and a sore throat");
    expect(client.all("understood").length).toBeGreaterThan(0);
    for (let n = 1; client.all("conclusion").length === 0; n++) {
      const question = client.messages.findLast(({ type }) => type === "question");
      expect(question).toMatchObject({ turn: n, purpose: expect.stringMatching(/\w/) });
      await client.choose("No", "Not sure");
    }
    expect(client.all("conclusion")[0]).toMatchObject({ disclaimer: hello.disclaimer });
    expect(client.all("conclusion")[0]!.text).toContain(hello.disclaimer);
  });

  test("records consent before the first question, and asks nothing without it", async () => {
    const store = memoryStore();
    const { url } = await serving({ store });
    const client = await connect(url);
    client.send({ type: "open", age: 40 });
    expect(await client.next("error")).toMatchObject({ code: "consent-required", retryable: false });
    client.send({ type: "open", consent: false });
    expect(await client.next("error")).toMatchObject({ code: "consent-required" });
    expect(await store.list()).toEqual([]);
    client.send({ type: "open", consent: true });
    const { consultation } = await client.next("opened");
    const types = (await store.read(consultation)).map(({ event }) => event.type);
    expect(types).toEqual(["opened", "consented"]);
  });

  test("tells a question as it is said, piece by piece, and then whole", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("I have a cough");
    const words = client
      .all("text-delta")
      .map(({ delta }) => delta)
      .join("");
    expect(words.trim()).toBe(client.all("question")[0]!.text);
  });

  test("numbers log messages by their events, and live messages by the last one told", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("I have a cough");
    await client.say("hm?");
    let last = 0;
    for (const { seq } of client.messages) {
      expect(seq).toBeGreaterThanOrEqual(last);
      last = seq;
    }
  });

  test("answers what is no answer with a reply that repeats the question", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("I have a cough");
    await client.say("why do you ask that?");
    const reply = await client.all("reply")[0]!;
    expect(reply.text).toContain(client.all("question")[0]!.text);
    expect(reply.suggestions.map(({ label }) => label)).toContain("Not sure");
  });

  test("may be opened and begun in one breath", async () => {
    const { url } = await serving();
    const client = await connect(url);
    client.send({ type: "open", consent: true });
    await client.say("I have a cough");
    expect(client.all("question")).toHaveLength(1);
  });

  test("stops at a red flag within the same turn, with the emergency number", async () => {
    const { url } = await serving();
    const { client } = await opened(url, { person: { age: 61, sex: "male" } });
    await client.say("I have crushing chest pain, I am sweating, and it spreads to my left arm. I am short of breath.");
    const [flag] = client.all("red-flag");
    expect(flag).toMatchObject({ emergencyNumber: "112", message: expect.stringContaining("Call 112 now.") });
    expect(client.all("conclusion")[0]!.text.match(/Call 112 now/g)).toHaveLength(client.all("red-flag").length);
    expect(client.all("conclusion")).toHaveLength(1);
    expect(client.all("question")).toEqual([]);
  });

  test("hands a crisis on in fixed words", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("I want to kill myself");
    expect(client.all("handed-off")[0]!.text).toContain("112");
    const words = client.all("text-delta").map(({ delta }) => delta);
    expect(words.join("")).toBe(client.all("handed-off")[0]!.text);
    expect(client.all("reply")).toEqual([]);
  });

  test("goes on saying that it ended", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("I want to kill myself");
    await client.say("hello?");
    expect(client.all("reply").at(-1)!.text).toContain("has ended");
  });
});

describe("the clinician's view", () => {
  test("is a snapshot and patches that follow the answers; the patient sees none", async () => {
    const { url } = await serving({ audience: "clinician" });
    const { client } = await opened(url);
    await client.say("I have a runny nose and a cough");
    expect(client.all("differential")).toHaveLength(1);
    const [patch] = client.all("differential-delta");
    expect(patch!.patch.length).toBeGreaterThan(0);
    const patient = await opened((await serving()).url);
    await patient.client.say("I have a runny nose and a cough");
    while (patient.client.all("conclusion").length === 0) await patient.client.say("no");
    expect(JSON.stringify(patient.client.messages)).not.toMatch(/probability|differential|weight/);
  });
});
