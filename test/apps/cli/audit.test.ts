import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditCommand } from "../../../apps/cli/audit.ts";
import { fileNameOf, openFileStore } from "../../../apps/server/stores/file.ts";
import { openRedisStore } from "../../../apps/server/stores/redis.ts";
import { eventsOf } from "../../fixtures/consultation-events.ts";
import { redisServer } from "../../fixtures/redis-server.ts";
import { type Ran, run } from "./in-process.ts";

const audit = (...args: string[]): Promise<Ran> => run(auditCommand(), ...args);

let folder: string;
const fileOf = (id: string): string => join(folder, fileNameOf(id));
const alter = (id: string, from: string, to: string): void => {
  const text = readFileSync(fileOf(id), "utf8");
  expect(text).toContain(from);
  writeFileSync(fileOf(id), text.replace(from, to));
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "anamnesis-audit-"));
  const store = await openFileStore(folder);
  await store.append("a", eventsOf("a", 6), 0);
  await store.append("B/c", eventsOf("B/c", 3), 0);
  await store.append("B/c", eventsOf("B/c", 2, 3), 3);
  await store.append("D/e", eventsOf("D/e", 3), 0);
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("audit of a file store", () => {
  test("untampered: 0, each consultation with its head", async () => {
    const { code, out } = await audit(`file:${folder}`);
    expect(code).toBe(0);
    expect(out).toMatch(/^a: 6 events untampered, head [0-9a-f]{64}$/m);
    expect(out).toMatch(/^B\/c: 5 events untampered, head [0-9a-f]{64}$/m);
    expect(out).toContain("3 audited, 0 altered");
  });

  test("altered: 1, and the first altered event by file and line, without the patient's words", async () => {
    alter("B/c", "sentence 2", "something else");
    const { code, out } = await audit(`file:${folder}`);
    expect(code).toBe(1);
    expect(out).toContain(`${fileOf("B/c")}:3: B/c: event 2 does not follow`);
    expect(out).toMatch(/^a: 6 events untampered/m);
    expect(out).toContain("3 audited, 1 altered");
    expect(out).not.toContain("something else");
  });

  test("looks at one consultation alone where asked to", async () => {
    alter("B/c", "sentence 2", "something else");
    expect((await audit(`file:${folder}`, "--consultation", "a")).code).toBe(0);
    expect((await audit(`file:${folder}`, "--consultation", "B/c")).code).toBe(1);
    expect((await audit(`file:${folder}`, "--consultation", "nobody")).code).toBe(2);
  });

  test("finds consultations that changed places", async () => {
    renameSync(fileOf("D/e"), fileOf("B/c"));
    expect(await audit(`file:${folder}`)).toMatchObject({ code: 1 });
    rmSync(fileOf("B/c"));
    renameSync(fileOf("a"), join(folder, "b.jsonl"));
    expect(await audit(`file:${folder}`)).toMatchObject({ code: 1 });
  });

  test("a beginning altered in a file named by digest stops nothing else from being audited", async () => {
    alter("D/e", '"opened"', '"closed"');
    const { code, out } = await audit(`file:${folder}`);
    expect(code).toBe(1);
    expect(out).toContain("3 audited, 1 altered");
  });

  test("an end that was cut off is shown by a head noted before", async () => {
    const { out } = await audit(`file:${folder}`, "--consultation", "B/c");
    const head = /head ([0-9a-f]{64})/.exec(out)![1]!;
    const store = await openFileStore(folder);
    await store.append("B/c", eventsOf("B/c", 1, 5), 5);
    await store.close();
    const noted = ["--consultation", "B/c", "--head", head];
    expect((await audit(`file:${folder}`, ...noted)).code).toBe(0);
    const lines = readFileSync(fileOf("B/c"), "utf8").split("\n").slice(0, 3);
    writeFileSync(fileOf("B/c"), `${lines.join("\n")}\n`);
    expect((await audit(`file:${folder}`, "--consultation", "B/c")).code).toBe(0);
    const cut = await audit(`file:${folder}`, ...noted);
    expect(cut).toMatchObject({ code: 1, out: expect.stringContaining("B/c: the noted hash is not in the chain") });
  });

  test("works beside the server that writes, mends nothing, and leaves an unfinished append aside", async () => {
    const store = await openFileStore(folder);
    appendFileSync(fileOf("a"), '{"event":{"actor"');
    const before = readFileSync(fileOf("a"), "utf8");
    const { code, out } = await audit(`file:${folder}`, "--consultation", "a");
    expect(code).toBe(0);
    expect(out).toContain("17 bytes of an unfinished append left aside");
    expect(readFileSync(fileOf("a"), "utf8")).toBe(before);
    await store.close();
  });

  test("--json writes what was found", async () => {
    alter("a", "sentence 4", "x");
    const json = join(folder, "out.json");
    await audit(`file:${folder}`, "--json", json);
    const result = JSON.parse(readFileSync(json, "utf8"));
    expect(result).toMatchObject({ audited: 3, altered: 1 });
    const found = result.findings.find(({ consultation }: { consultation: string }) => consultation === "a");
    expect(found).toMatchObject({ events: 4, altered: { seq: 4, line: 5, breach: "altered" } });
  });
});

describe("audit of an exported transcript", () => {
  test("0 where it is whole, whatever the line ends; 1 where it is not", async () => {
    const file = join(folder, "transcript.txt");
    const text = readFileSync(fileOf("a"), "utf8");
    writeFileSync(file, text.replaceAll("\n", "\r\n").trimEnd());
    expect(await audit(file)).toMatchObject({ code: 0, out: expect.stringContaining("a: 6 events untampered") });
    expect((await audit(file, "--consultation", "a")).code).toBe(0);
    expect((await audit(file, "--consultation", "b")).code).toBe(1);
    writeFileSync(file, text.slice(0, -20));
    expect(await audit(file)).toMatchObject({ code: 1, out: expect.stringContaining(`${file}:6: a: event 5`) });
  });
});

test("audit of a Redis store", async (context) => {
  const server = await redisServer();
  if (!server) return context.skip();
  const store = await openRedisStore(server.url);
  await store.append("a", eventsOf("a", 4), 0);
  await store.append("b", eventsOf("b", 2), 0);
  expect(await audit(server.url)).toMatchObject({ code: 0, out: expect.stringContaining("2 audited, 0 altered") });
  expect((await audit(server.url, "--consultation", "nobody")).code).toBe(2);
  const redis = new Redis(server.url);
  await redis.xdel("anamnesis:consultation:a", "2-0");
  const { code, out } = await audit(server.url);
  expect(code).toBe(1);
  expect(out).toContain("anamnesis:consultation:a:2: a: event 1 says that it is event 2");
  await redis.rename("anamnesis:consultation:b", "anamnesis:consultation:c");
  expect((await audit(server.url, "--consultation", "c")).code).toBe(1);
  redis.disconnect();
  await store.close();
  await server.end();
});

describe("wrong arguments: 2 and one clear message", () => {
  test.each([
    ["a memory store", ["memory"], "lives in the server alone"],
    ["a file that is not there", ["/nowhere/x.jsonl"], "no such file"],
    ["a folder that is not there", ["file:/nowhere"], "no such directory"],
    ["a head that is no hash", ["x.jsonl", "--head", "abc"], "64 hexadecimal digits"],
    ["a head for a whole store", ["file:x", "--head", "0".repeat(64)], "--consultation"],
  ])("%s", async (_, args, message) => {
    expect(await audit(...args)).toMatchObject({ code: 2, out: expect.stringContaining(message) });
  });

  test("nothing to audit", async () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    expect(await audit(empty)).toMatchObject({ code: 2, out: expect.stringContaining("holds no events") });
  });
});
