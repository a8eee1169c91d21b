import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SourceOptions } from "../../../simulators/case.ts";
import { CaseError } from "../../../simulators/errors.ts";
import { FORMATS, fileOf, linesOf, type Open, readAll } from "./fixtures.ts";

/** The error of reading a file of `content` to its end. */
async function errorOf(open: Open, content: string | Uint8Array, options?: SourceOptions): Promise<CaseError> {
  const file = await fileOf(content);
  const error = await open(file, options)
    .then(readAll)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(CaseError);
  expect((error as CaseError).message.startsWith(file)).toBe(true);
  return error as CaseError;
}

for (const { format, open, row } of FORMATS) {
  const good = linesOf(row);

  describe(`${format}: what is refused`, () => {
    test("a missing file and a directory", async () => {
      const folder = await mkdtemp(join(tmpdir(), "anamnesis-cases-"));
      await expect(open(join(folder, "none.jsonl"))).rejects.toThrow(/none.jsonl: no such file/);
      await expect(open(folder)).rejects.toThrow(/is a directory, expected a file/);
    });

    test.skipIf(process.getuid?.() === 0)("a file without permission", async () => {
      const file = await fileOf(good);
      await chmod(file, 0o000);
      await expect(open(file)).rejects.toThrow(/permission denied/);
    });

    test("an empty file, and one of blank lines", async () => {
      expect(await errorOf(open, "")).toMatchObject({ code: "empty-file" });
      expect(await errorOf(open, "\n \r\n\n")).toMatchObject({ code: "empty-file" });
    });

    test("other encodings, with advice", async () => {
      expect((await errorOf(open, Buffer.from(`\uFEFF${good}`, "utf16le"))).message).toMatch(/:1: is UTF-16/);
      expect((await errorOf(open, Buffer.from([0x1f, 0x8b, 8, 0, 0xff])))?.message).toMatch(/gzip/);
      const latin1 = Buffer.concat([Buffer.from(good), Buffer.from('{"id":"caf\xe9"}\n', "latin1")]);
      expect((await errorOf(open, latin1)).message).toMatch(/:2: is not UTF-8/);
    });

    test("a line over a megabyte, without reading it whole", async () => {
      const error = await errorOf(open, `${good}"${"x".repeat(3_000_000)}`);
      expect(error).toMatchObject({ code: "long-line", place: { line: 2 } });
    });

    test("a line that is not JSON, NaN included, with its number", async () => {
      expect((await errorOf(open, `${good}\n{"id": NaN}\n`)).message).toMatch(/:3: not JSON: /);
      expect((await errorOf(open, `${good}[1, 2]\n`)).message).toMatch(/:2: expected object/);
      expect((await errorOf(open, `${good}null\n`)).message).toMatch(/:2: /);
    });

    test("the same case twice, with both lines", async () => {
      const error = await errorOf(open, good + good);
      expect(error).toMatchObject({ code: "duplicate-id", place: { line: 2 } });
      expect(error.message).toContain("first on line 1");
    });
  });

  describe(`${format}: what is accepted`, () => {
    test("a byte order mark, CRLF, blank lines, no line end at the end", async () => {
      const [plain] = await readAll(await open(await fileOf(good)));
      for (const content of [`\uFEFF${good}`, good.replace("\n", "\r\n"), `\n\n${good}\n`, good.trimEnd()]) {
        expect(await readAll(await open(await fileOf(content)))).toEqual([plain]);
      }
    });

    test("bad rows under skipBad: left out, counted, at most 100 kept", async () => {
      const source = await open(await fileOf(`${good}${"{}\n".repeat(120)}`), { skipBad: true });
      for (const round of [1, 2]) {
        expect(await readAll(source), `round ${round}`).toHaveLength(1);
        expect(source.skipped).toHaveLength(100);
        expect(source.skippedCount).toBe(120);
      }
      expect(source.skipped[0]).toMatchObject({ line: 2, reason: expect.stringContaining("is missing") });
    });
  });

  describe(`${format}: any content gives cases or a CaseError`, () => {
    const readOrRefuse = async (content: string | Uint8Array, options?: SourceOptions): Promise<void> => {
      try {
        await readAll(await open(await fileOf(content), options));
      } catch (error) {
        if (!(error instanceof CaseError)) throw error;
        expect(error.fault).toBe("input");
      }
    };
    const anyOptions = fc.record({ skipBad: fc.boolean() });

    test("random bytes", () =>
      fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), anyOptions, readOrRefuse), { numRuns: 60 }));

    test("good files, cut anywhere", () =>
      fc.assert(
        fc.asyncProperty(fc.nat(good.length * 2), anyOptions, (end, options) =>
          readOrRefuse((good + good).slice(0, end), options),
        ),
        { numRuns: 40 },
      ));

    test("good rows with any of their parts replaced by anything", () =>
      fc.assert(
        fc.asyncProperty(fc.nat(60), fc.jsonValue({ maxDepth: 3 }), anyOptions, (place, value, options) =>
          readOrRefuse(linesOf(replacedAt(row, place, value)), options),
        ),
        { numRuns: 150 },
      ));

    test("absurd texts, without taking long over them", async () => {
      const absurd = [
        "1".repeat(200_000),
        `a${" ".repeat(200_000)}b`,
        "which what ".repeat(20_000),
        ".'".repeat(99_999),
      ];
      const start = performance.now();
      for (const text of absurd) {
        for (let place = 0; place < 40; place++) await readOrRefuse(linesOf(replacedAt(row, place, text)));
      }
      expect(performance.now() - start).toBeLessThan(10_000);
    }, 20_000);

    test("deep nesting and names that mean something to plain objects", async () => {
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      await readOrRefuse(`${deep}\n`);
      for (const place of Array.from({ length: 40 }, (_, i) => i)) {
        const text = JSON.stringify(replacedAt(row, place, "@@")).replace('"@@"', deep);
        await readOrRefuse(`${text}\n`);
        await readOrRefuse(linesOf(replacedAt(row, place, "__proto__"), replacedAt(row, place, "constructor")));
      }
    });
  });
}

/** `tree` with its `place`-th node (counted depth first, around again) replaced. */
function replacedAt(tree: unknown, place: number, value: unknown): unknown {
  const count = (node: unknown): number =>
    1 + (isObject(node) ? Object.values(node).reduce((sum: number, child) => sum + count(child), 0) : 0);
  let left = place % count(tree);
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(node)) return node.map(visit);
    if (isObject(node)) return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child)]));
    return node;
  };
  return visit(tree);
}

const isObject = (node: unknown): node is object => typeof node === "object" && node !== null;
