import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../../apps/server/stores/entry.ts";
import { type FileStore, FSYNC_POLICIES, fileNameOf, openFileStore } from "../../../../apps/server/stores/file.ts";
import { verifyChain } from "../../../../src/index.ts";
import { eventsOf } from "../../../fixtures/consultation-events.ts";
import { storeContract } from "./contract.ts";

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "anamnesis-store-"));
  folders.push(folder);
  return folder;
};
const removeFolders = (): void => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
};

describe.each(FSYNC_POLICIES)("the file store, fsync %s", (fsync) => {
  storeContract(() => ({
    durable: true,
    place: async () => newFolder(),
    open: (place) => openFileStore(place, { fsync, syncEveryMs: 5, maxOpenFiles: 8 }),
    end: async () => removeFolders(),
  }));
});

describe("the file store", () => {
  let folder: string;
  let store: FileStore;
  const fileOf = (id: string): string => join(folder, fileNameOf(id));
  const reopen = async (): Promise<FileStore> => {
    await store.close();
    store = await openFileStore(folder);
    return store;
  };
  beforeEach(async () => {
    folder = newFolder();
    store = await openFileStore(folder);
  });
  afterEach(async () => {
    await store.close();
    removeFolders();
  });

  test("names its files so that none lies outside its folder and no two ids share one", async () => {
    const ids = ["..", "../x", "/etc/passwd", "a\0b", "A", "a", ".lock-1", "~", "ü".repeat(200), "con.jsonl"];
    const names = ids.map(fileNameOf);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9~][a-z0-9_-]*\.jsonl$/);
    for (const id of ids) await store.append(id, eventsOf(id, 1), 0);
    expect(readdirSync(folder).filter((name) => !name.startsWith(".lock-"))).toHaveLength(ids.length);
    expect(await (await reopen()).list()).toEqual([...ids].sort());
  });

  test("only its owner may read what patients said", async () => {
    await store.append("a", eventsOf("a", 1), 0);
    expect(statSync(fileOf("a")).mode & 0o077).toBe(0);
  });

  test("deletes the file", async () => {
    await store.append("a", eventsOf("a", 1), 0);
    await store.delete("a");
    expect(readdirSync(folder).filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  });

  test("holds no more files open than it may", async () => {
    await store.close();
    store = await openFileStore(folder, { maxOpenFiles: 3, fsync: "never" });
    const ids = Array.from({ length: 50 }, (_, index) => `c-${index}`);
    let most = 0;
    await Promise.all(
      ids.map(async (id) => {
        for (let seq = 0; seq < 3; seq++) {
          await store.append(id, eventsOf(id, 1, seq), seq);
          most = Math.max(most, store.openFiles());
        }
      }),
    );
    expect(most).toBe(3);
  });

  test("cuts off what a crash left half-written, wherever the last append was torn, and counts it", async () => {
    await store.append("a", eventsOf("a", 2), 0);
    const whole = statSync(fileOf("a")).size;
    await store.append("a", eventsOf("a", 3, 2, "torn"), 2);
    const all = readFileSync(fileOf("a"));
    for (let size = whole; size <= all.length; size += 7) {
      await store.close();
      writeFileSync(fileOf("a"), all.subarray(0, size));
      store = await openFileStore(folder);
      expect(store.recovered).toEqual({ files: size > whole ? 1 : 0, bytes: size - whole, corrupt: [] });
      expect(await store.read("a")).toHaveLength(2);
      expect(statSync(fileOf("a")).size).toBe(whole);
    }
    await store.append("a", eventsOf("a", 1, 2), 2);
    expect(verifyChain(await store.read("a"), sha256)).toMatchObject({ whole: true, count: 3 });
  });

  test("a consultation whose first append was torn is as if it had never been", async () => {
    await store.append("a", eventsOf("a", 2), 0);
    await store.close();
    truncateSync(fileOf("a"), 100);
    store = await openFileStore(folder);
    expect(store.recovered).toMatchObject({ files: 1, bytes: 100 });
    expect(await store.list()).toEqual([]);
    await store.append("a", eventsOf("a", 1), 0);
  });

  test("finds the last event, however long it and those before it are", async () => {
    const long = eventsOf("a", 3).map((event) => ("text" in event ? { ...event, text: "ü".repeat(20_000) } : event));
    await store.append("a", long, 0);
    await reopen();
    await store.append("a", eventsOf("a", 1, 3), 3);
    appendFileSync(fileOf("a"), Buffer.alloc(50_000));
    await reopen();
    expect(store.recovered.bytes).toBe(50_000);
    expect(verifyChain(await store.read("a"), sha256)).toMatchObject({ whole: true, count: 4 });
  });

  test("a whole line that is no event is left as it is, named, and in nobody else's way", async () => {
    await store.append("a", eventsOf("a", 1), 0);
    await store.append("b", eventsOf("b", 1), 0);
    await store.close();
    appendFileSync(fileOf("a"), "not an event\n");
    store = await openFileStore(folder);
    expect(store.recovered).toEqual({ files: 0, bytes: 0, corrupt: ["a.jsonl"] });
    await expect(store.read("a")).rejects.toMatchObject({ code: "store-corrupt", place: { file: fileOf("a") } });
    expect(await store.read("b")).toHaveLength(1);
    expect(readFileSync(fileOf("a"), "utf8")).toContain("not an event");
  });

  test("an append that cannot be written leaves nothing, and works once there is room", async () => {
    await store.append("a", eventsOf("a", 1), 0);
    rmSync(folder, { recursive: true });
    await expect(store.append("b", eventsOf("b", 1), 0)).rejects.toMatchObject({ code: "store-write" });
    await store.close();
    store = await openFileStore(folder);
    await store.append("b", eventsOf("b", 1), 0);
    expect(await store.list()).toEqual(["b"]);
  });

  describe("has one writer", () => {
    const locks = (): string[] => readdirSync(folder).filter((name) => name.startsWith(".lock-"));

    test("a second one is refused and told who holds it", async () => {
      const error = await openFileStore(folder).catch((refused) => refused);
      expect(error).toMatchObject({ code: "store-locked" });
      expect(error.message).toContain(`process ${process.pid}`);
      expect(locks()).toHaveLength(1);
    });

    test("of many that come at once at most one is let in", async () => {
      await store.close();
      const opened = await Promise.allSettled(Array.from({ length: 8 }, () => openFileStore(folder)));
      const stores = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      expect(stores.length).toBeLessThanOrEqual(1);
      for (const each of stores) await each.close();
      expect(locks()).toEqual([]);
    });

    test.each([
      ["of a process that is gone", { pid: 2 ** 22 + 1, born: "1" }],
      ["of an earlier process that had this one's number", { pid: process.pid, born: "1" }],
    ])("a lock %s is taken over", async (_, { pid, born }) => {
      await store.close();
      writeFileSync(join(folder, `.lock-${pid}-x`), JSON.stringify({ pid, born, host: hostname() }));
      store = await openFileStore(folder);
      expect(locks()).toHaveLength(1);
      expect(locks()[0]).not.toBe(`.lock-${pid}-x`);
    });

    test("a lock of another machine is not: nothing is known of its processes", async () => {
      await store.close();
      writeFileSync(join(folder, ".lock-9-x"), JSON.stringify({ pid: 9, born: "1", host: "elsewhere" }));
      await expect(openFileStore(folder)).rejects.toMatchObject({ code: "store-locked" });
    });
  });

  test("kill -9 in mid-append loses no acknowledged event and leaves no half append", async () => {
    await store.close();
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, "../../../fixtures/appender.ts"), folder]);
      let out = "";
      let err = "";
      child.stdout.on("data", (chunk) => {
        out += chunk;
      });
      child.stderr.on("data", (chunk) => {
        err += chunk;
      });
      await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
      await setTimeout(20 + 61 * round);
      child.kill("SIGKILL");
      await once(child, "close");
      expect(err).toBe("");
      for (const [, id, count] of out.matchAll(/^(.+) (\d+)\n/gm)) acknowledged.set(id!, Number(count));
      store = await openFileStore(folder);
      for (const [id, count] of acknowledged) {
        const stored = await store.read(id);
        expect(stored.length).toBeGreaterThanOrEqual(count);
        expect(stored.map(({ event }) => event)).toEqual(eventsOf(id, stored.length));
        expect(verifyChain(stored, sha256, id)).toMatchObject({ whole: true });
        // Appends end at the places that their sizes allow.
        let end = 0;
        while (end < stored.length) end += 1 + (end % 5);
        expect(end).toBe(stored.length);
      }
      await store.close();
    }
    expect([...acknowledged.keys()].sort()).toEqual(["Long one", "a", "b"]);
  });
});
