/** Tokens, tickets, origins, isolation, deletion, and what is never written to the log. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jsonLog } from "../../../apps/server/log.ts";
import { isLoopback } from "../../../apps/server/origin.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { addToken, readTokenFile, type TokenRecord } from "../../../apps/server/tokens.ts";
import { steppingClock } from "../../../src/index.ts";
import { inFolder } from "../cli/command.ts";
import { connect, opened } from "./client.ts";
import { conversation, serving } from "./serving.ts";

/** Tokens by name, and their file's content. */
async function tokensOf(...people: [name: string, audience: "patient" | "clinician"][]) {
  const secrets: Record<string, string> = {};
  let tokens: TokenRecord[] = [];
  await inFolder(async (folder) => {
    const file = join(folder, "tokens.json");
    for (const [name, audience] of people) secrets[name] = await addToken(file, name, audience);
    tokens = await readTokenFile(file);
  });
  return { secrets, tokens };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });

describe("tokens", () => {
  test("are 32 random bytes, of which the file keeps SHA-256 only, for its owner's eyes", () =>
    inFolder(async (folder) => {
      const file = join(folder, "tokens.json");
      const token = await addToken(file, "ward-3", "clinician");
      expect(Buffer.from(token, "base64url")).toHaveLength(32);
      expect(readFileSync(file, "utf8")).not.toContain(token);
      expect(statSync(file).mode & 0o077).toBe(0);
      await expect(addToken(file, "ward-3", "patient")).rejects.toThrow("has a token");
      expect(await addToken(file, "ward-4", "patient")).not.toBe(token);
      expect((await readTokenFile(file)).map(({ name }) => name)).toEqual(["ward-3", "ward-4"]);
    }));

  test("are asked for, over WebSocket and REST", async () => {
    const { secrets, tokens } = await tokensOf(["ann", "patient"]);
    const { url } = await serving({ tokens });
    await expect(connect(url)).rejects.toThrow("401");
    await expect(connect(url, { token: "wrong" })).rejects.toThrow("unauthorized");
    expect((await fetch(`${url}/v1/consultations`, { method: "POST" })).status).toBe(401);
    expect((await connect(url, { token: secrets.ann! })).messages).toBeDefined();
  });

  test("are needed wherever others can reach the server", async () => {
    await expect(serving({ host: "0.0.0.0" })).rejects.toThrow("--token-file");
    expect(["127.0.0.1", "localhost", "::1", "127.9.9.9"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.evil.example"].map(isLoopback)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test("bind the audience: who has a patient's token sees no probabilities", async () => {
    const { secrets, tokens } = await tokensOf(["ann", "patient"], ["dr-bee", "clinician"]);
    const { url } = await serving({ tokens, audience: "clinician" });
    const { client: patient } = await opened(url, { token: secrets.ann! });
    await patient.say("I have a cough");
    expect(patient.all("differential")).toEqual([]);
    const { client: clinician } = await opened(url, { token: secrets["dr-bee"]! });
    expect(clinician.messages[0]).toMatchObject({ type: "hello", audience: "clinician" });
    await clinician.next("differential");
  });

  test("keep consultations apart: another's is not found, whatever is tried", async () => {
    const { secrets, tokens } = await tokensOf(["ann", "patient"], ["eve", "clinician"]);
    const { url } = await serving({ tokens });
    const { client, consultation } = await opened(url, { token: secrets.ann! });
    await client.say("I have a cough");
    const eve = await connect(url, { token: secrets.eve! });
    eve.send({ type: "open", resume: { consultation, lastSeq: 0 } });
    expect(await eve.next("error")).toMatchObject({ code: "not-found" });
    const at = `${url}/v1/consultations/${consultation}`;
    const headers = bearer(secrets.eve!);
    const tries = [
      fetch(`${at}/transcript`, { headers }),
      fetch(`${at}/differential`, { headers }),
      fetch(`${at}/messages`, { method: "POST", headers, body: '{"text":"hello"}' }),
      fetch(at, { method: "DELETE", headers }),
    ];
    expect((await Promise.all(tries)).map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await fetch(`${at}/transcript`, { headers: bearer(secrets.ann!) })).status).toBe(200);
  });
});

describe("tickets", () => {
  test("open one connection, once", async () => {
    const { secrets, tokens } = await tokensOf(["ann", "patient"]);
    const { url } = await serving({ tokens });
    const response = await fetch(`${url}/v1/tickets`, { method: "POST", headers: bearer(secrets.ann!) });
    const { ticket } = (await response.json()) as { ticket: string };
    await connect(url, { query: `?ticket=${ticket}` });
    await expect(connect(url, { query: `?ticket=${ticket}` })).rejects.toThrow("401");
    await expect(connect(url, { query: "?ticket=guessed" })).rejects.toThrow("401");
  });
});

describe("origins", () => {
  test("of other places are refused, unless allowed; programs and own pages may", async () => {
    const { url } = await serving({ origins: ["https://clinic.example"] });
    await connect(url);
    await connect(url, { origin: url });
    await connect(url, { origin: "https://clinic.example" });
    await expect(connect(url, { origin: "https://evil.example" })).rejects.toThrow("bad-origin");
    await expect(connect(url, { origin: "null" })).rejects.toThrow("403");
    const ask = (origin: string) => fetch(`${url}/v1/openapi.json`, { headers: { origin } });
    expect((await ask("https://evil.example")).status).toBe(403);
    expect((await ask("https://clinic.example")).headers.get("access-control-allow-origin")).toBe(
      "https://clinic.example",
    );
  });

  test("without tokens the server answers to its local name only, so that no page can lend it another", async () => {
    const { url, port } = await serving();
    const evil = `http://evil.example:${port}`;
    const socket = connect(url, { origin: evil });
    await expect(socket).rejects.toThrow("bad-origin");
    const { request } = await import("node:http");
    const status = await new Promise((resolve) => {
      request(url, { path: "/v1/openapi.json", headers: { host: `evil.example:${port}`, origin: evil } })
        .on("response", (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .end();
    });
    expect(status).toBe(403);
  });
});

describe("deleting", () => {
  test("leaves nothing: not in the store, not in memory, not for a tab that is open", async () => {
    const store = memoryStore();
    const { url } = await serving({ store });
    const { client, consultation } = await opened(url);
    await client.say("I have a cough");
    const at = `${url}/v1/consultations/${consultation}`;
    expect((await fetch(at, { method: "DELETE" })).status).toBe(204);
    expect((await client.closed).code).toBe(4410);
    expect(await store.read(consultation)).toEqual([]);
    expect(await store.list()).toEqual([]);
    expect((await fetch(`${at}/transcript`)).status).toBe(404);
    expect((await fetch(at, { method: "DELETE" })).status).toBe(404);
  });

  test("stops an answer that is under way, which does not bring the consultation back", async () => {
    const store = memoryStore();
    const slow = {
      ...conversation,
      async *turn(...args: Parameters<typeof conversation.turn>) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        yield* conversation.turn(...args);
      },
    };
    const { url } = await serving({ store, conversation: slow });
    const { client, consultation } = await opened(url);
    const said = client.say("I have a cough");
    said.catch(() => {});
    client.send({ type: "ping" });
    await client.next("pong");
    await fetch(`${url}/v1/consultations/${consultation}`, { method: "DELETE" });
    await expect(said).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await store.list()).toEqual([]);
  });

  test("on one server ends the consultation on another, at its next message", async () => {
    const store = memoryStore();
    const [one, two] = [await serving({ store }), await serving({ store })];
    const { client, consultation } = await opened(one.url);
    await fetch(`${two.url}/v1/consultations/${consultation}`, { method: "DELETE" });
    await expect(client.say("I have a cough")).rejects.toThrow();
    expect((await client.closed).code).toBe(4410);
    expect(await store.list()).toEqual([]);
  });
});

describe("the log", () => {
  test("holds nothing that a person said, not even when something fails on it", async () => {
    const lines: string[] = [];
    const log = jsonLog({ write: (line) => lines.push(line) }, steppingClock());
    const secret = "xylophone-cough";
    const failing = {
      ...conversation,
      async *turn(...args: Parameters<typeof conversation.turn>) {
        if (JSON.stringify(args[1]).includes("fail")) throw new Error(`cannot read "${secret}"`);
        yield* conversation.turn(...args);
      },
    };
    const { url } = await serving({ conversation: failing, log });
    const { client, consultation } = await opened(url);
    await client.say(`I have a ${secret}`);
    await client.say(`fail ${secret}`).catch(() => {});
    client.send(`{"type":"message","text":"${secret}"`);
    client.send({ type: "message", id: "x", text: secret, [secret]: 1 });
    await client.next("error");
    await fetch(`${url}/v1/consultations/${consultation}/messages?q=${secret}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: `fail ${secret}` }),
    });
    await fetch(`${url}/v1/consultations/${consultation}`, { method: "DELETE" });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join("")).not.toContain("xylophone");
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain("xylophone");
  });
});
