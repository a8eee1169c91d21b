/** The server as a process: ready line, SIGTERM, SIGKILL. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../apps/server/stores/open.ts";
import { addToken } from "../../../apps/server/tokens.ts";
import { openaiServer } from "../../fixtures/openai-server.ts";
import { redisServer } from "../../fixtures/redis-server.ts";
import { inFolder } from "../cli/command.ts";
import { type Client, connect, opened } from "./client.ts";

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ready: Record<string, unknown>;
  readonly exit: Promise<number | string | null>;
  readonly log: () => string;
}

async function serve(...args: string[]): Promise<Process> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "serve-process.ts"), "--port", "0", ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let log = "";
  child.stderr!.on("data", (chunk) => {
    log += chunk;
  });
  const exit = new Promise<number | string | null>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once("line", resolve);
    void exit.then((code) => reject(new Error(`ended with ${code}: ${log}`)));
  });
  const ready = JSON.parse(line);
  return { child, url: ready.url, ready, exit, log: () => log };
}

const redis = await redisServer();
afterAll(() => redis?.end());

describe("anamnesis serve", () => {
  test("writes a line of JSON with its address when it is ready", async () => {
    const { ready, url } = await serve();
    expect(ready).toMatchObject({
      ready: true,
      agent: "bayes",
      store: "memory",
      chat: expect.stringMatching(/^ws:.+\/v1\/chat$/),
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const { client } = await opened(url);
    await client.say("I have a cough");
    expect(client.all("question")).toHaveLength(1);
  });

  test("takes tokens from a file, and refuses to be reached from elsewhere without", () =>
    inFolder(async (folder) => {
      const file = join(folder, "tokens.json");
      const token = await addToken(file, "ward-3", "clinician");
      const { url } = await serve("--token-file", file, "--emergency-number", "999");
      await expect(connect(url)).rejects.toThrow("401");
      const { client } = await opened(url, { token });
      await client.say("I want to kill myself");
      expect(client.all("handed-off")[0]!.text).toContain("999");
      await expect(serve("--host", "0.0.0.0")).rejects.toThrow("--token-file");
      await expect(serve("--token-file", join(folder, "none.json"))).rejects.toThrow("none.json");
    }));
});

test("anamnesis serve --engine langgraph --model: the graph, with a model that falls silent", async () => {
  const scripted = await openaiServer(() => ({ status: 500 }));
  onTestFinished(() => scripted.close());
  const flags = ["--engine", "langgraph", "--model", "openai:small", "--model-url", scripted.url];
  const { ready, url, log } = await serve(...flags, "--audience", "clinician");
  expect(ready).toMatchObject({ engine: "langgraph" });
  const { client } = await opened(url);
  await client.say("I have a cough");
  expect(scripted.requests.length).toBeGreaterThan(0);
  expect(client.all("fell-back").map(({ part }) => part)).toEqual(["understander", "phraser"]);
  expect(log()).toContain('"event":"fell-back"');
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('fell_back_total{part="phraser"} 1');
  expect(client.all("question")).toHaveLength(1);
});

describe("SIGTERM", () => {
  test("lets answers under way finish, tells the clients, closes with 1012, and ends with 0", () =>
    inFolder(async (folder) => {
      const { child, url, exit, log } = await serve("--store", `file:${folder}`);
      const people = await Promise.all(Array.from({ length: 5 }, () => opened(url)));
      const saying = people.map(({ client }) => client.say("I have a cough"));
      child.kill("SIGTERM");
      const outcomes = await Promise.allSettled(saying);
      for (const { client } of people) {
        expect((await client.closed).code).toBe(1012);
        expect(client.all("draining")).toHaveLength(1);
      }
      expect(await exit).toBe(0);
      expect(log()).toContain('"stopped"');
      const store = await openStore(`file:${folder}`);
      for (const [index, { consultation }] of people.entries()) {
        const words = (await store.read(consultation)).filter(({ event }) => event.type === "patient-said");
        expect(words).toHaveLength(outcomes[index]!.status === "fulfilled" ? 1 : 0);
      }
      await store.close();
    }));
});

describe("SIGKILL in mid-load loses no acknowledged event, and a resumed client sends only what was lost", () => {
  test("with the file store", () => inFolder((folder) => killInMidLoad(`file:${folder}`)));

  test.skipIf(!redis)("with Redis", () => killInMidLoad(redis!.url));
});

async function killInMidLoad(store: string): Promise<void> {
  const first = await serve("--store", store, "--budget", "200");
  const people = await Promise.all(Array.from({ length: 12 }, () => opened(first.url)));
  const acknowledged = new Map<string, string[]>();
  const load = people.map(async ({ client, consultation }) => {
    const texts: string[] = [];
    acknowledged.set(consultation, texts);
    for (let n = 0; ; n++) {
      const text = `not sure ${n}`;
      client.send({ type: "message", id: `m${n}`, text });
      await client.next("accepted");
      texts.push(text);
    }
  });
  const ends = Promise.allSettled(load);
  const count = (): number => [...acknowledged.values()].flat().length;
  while (count() < 40) await new Promise((resolve) => setTimeout(resolve, 5));
  first.child.kill("SIGKILL");
  await Promise.all([first.exit, ends]);
  const second = await serve("--store", store, "--budget", "200");
  for (const { client, consultation } of people) {
    const texts = acknowledged.get(consultation)!;
    const lastSeq = client.seq();
    const again: Client = await connect(second.url);
    again.send({ type: "open", resume: { consultation, lastSeq } });
    await again.next("resumed");
    again.send({ type: "message", id: `m${texts.length}`, text: `not sure ${texts.length}` });
    await again.next("accepted");
    const headers = { accept: "application/json" };
    const transcript = await (
      await fetch(`${second.url}/v1/consultations/${consultation}/transcript`, { headers })
    ).json();
    const said = (transcript as { messages: { type: string; text: string }[] }).messages
      .filter(({ type }) => type === "said")
      .map(({ text }) => text);
    expect(said).toEqual([...texts, `not sure ${texts.length}`]);
    again.close();
  }
}
