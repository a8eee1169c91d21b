import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStore, parseStoreSpec } from "../../../../apps/server/stores/open.ts";

describe("openStore", () => {
  test.each([
    ["memory", { kind: "memory" }],
    ["file:a/b", { kind: "file", directory: "a/b" }],
    ["redis://localhost:6379/2", { kind: "redis", url: "redis://localhost:6379/2" }],
    ["rediss://localhost", { kind: "redis", url: "rediss://localhost" }],
  ])("understands %s", (spec, expected) => {
    expect(parseStoreSpec(spec)).toEqual(expected);
  });

  test.each(["", "Memory", "file:", "redis:", "redis://[", "mysql://x", "/tmp/x"])(
    "refuses %j and names the forms",
    async (spec) => {
      await expect(openStore(spec)).rejects.toMatchObject({
        code: "unknown-store",
        fault: "input",
        message: expect.stringContaining("memory, file:DIR, redis://"),
      });
    },
  );

  test("opens what needs no server, making the folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "anamnesis-open-"));
    for (const spec of ["memory", `file:${join(folder, "deep/er")}`]) {
      const store = await openStore(spec);
      expect(await store.list()).toEqual([]);
      await store.close();
    }
    writeFileSync(join(folder, "file"), "");
    await expect(openStore(`file:${join(folder, "file")}`)).rejects.toMatchObject({ code: "unknown-store" });
    rmSync(folder, { recursive: true });
  });
});
