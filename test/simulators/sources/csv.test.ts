import { describe, expect, test } from "vitest";
import { CaseError } from "../../../simulators/index.ts";
import { readCsv } from "../../../simulators/sources/csv.ts";
import { fileOf } from "./fixtures.ts";

async function read(content: string | Uint8Array, columns = ["a", "b"]) {
  const rows: { record: Record<string, string>; line: number }[] = [];
  for await (const row of readCsv(await fileOf(content, "rows.csv"), columns)) rows.push(row);
  return rows;
}

describe("rows of a CSV file", () => {
  test("come with their columns by name and the line they end on", async () => {
    expect(await read("b,a,c\n1,2,3\n4,5,6\n")).toEqual([
      { record: { a: "2", b: "1", c: "3" }, line: 2 },
      { record: { a: "5", b: "4", c: "6" }, line: 3 },
    ]);
  });

  test("are the same with a byte order mark, CRLF, blank lines, quotes, no line end at the end", async () => {
    const plain = (await read("a,b\n1,2\n3,4\n")).map(({ record }) => record);
    for (const content of [
      "\uFEFFa,b\n1,2\n3,4\n",
      "a,b\r\n1,2\r\n3,4\r\n",
      "a,b\n\n1,2\n\n\n3,4",
      '"a","b"\n"1","2"\n3,4',
    ]) {
      expect((await read(content)).map(({ record }) => record)).toEqual(plain);
    }
  });

  test("may hold commas, quotes and line ends within quotes", async () => {
    const [row] = await read('a,b\n"x, ""y""\nz",2\n');
    expect(row).toEqual({ record: { a: 'x, "y"\nz', b: "2" }, line: 3 });
  });

  test("of an empty file are none, and so are those of a header alone", async () => {
    expect(await read("")).toEqual([]);
    expect(await read("a,b\n")).toEqual([]);
  });

  test("cut between any two bytes are the same: characters of several bytes are not torn", async () => {
    const text = `a,b\n${"é€😀,ü\n".repeat(30_000)}`;
    const rows = await read(text);
    expect(rows).toHaveLength(30_000);
    expect(new Set(rows.map(({ record }) => `${record.a}${record.b}`))).toEqual(new Set(["é€😀ü"]));
  });

  test("may be left before the end, which closes the file", async () => {
    const file = await fileOf(`a,b\n${"1,2\n".repeat(200_000)}`, "rows.csv");
    for (let round = 0; round < 20; round++) {
      for await (const { line } of readCsv(file, ["a"])) if (line > 3) break;
    }
  });
});

describe("what is refused", () => {
  const refusal = async (content: string | Uint8Array): Promise<CaseError> => {
    const error = await read(content).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CaseError);
    expect((error as CaseError).message).toMatch(/rows\.csv/);
    return error as CaseError;
  };

  test("a missing column, by name", async () => {
    expect(await refusal("a,c\n1,2\n")).toMatchObject({ code: "missing-column", place: { line: 1 } });
    expect((await refusal("a,c\n1,2\n")).message).toMatch(/column b is missing/);
  });

  test("an open quote and a quote in the middle, with the line", async () => {
    expect((await refusal('a,b\n1,2\n"3,4\n')).message).toMatch(/line|:3/);
    expect((await refusal('a,b\n1,2"x\n')).message).toMatch(/line|:2/);
  });

  test("another encoding, a directory, a missing file", async () => {
    expect((await refusal(Buffer.from("a,b\ncafé,1\n", "latin1"))).message).toMatch(/not UTF-8/);
    expect((await refusal(Buffer.from("\uFEFFa,b\n1,2\n", "utf16le"))).message).toMatch(/UTF-8/);
    const collect = async (file: string) => {
      for await (const _ of readCsv(file, ["a"])) break;
    };
    await expect(collect("no/such.csv")).rejects.toThrow(/no\/such\.csv: no such file/);
    await expect(collect("test")).rejects.toThrow(/is a directory/);
  });

  test("a row of over a megabyte, without reading it whole", async () => {
    const error = await refusal(`a,b\n1,2\n"${"x".repeat(5_000_000)}",3\n`);
    expect(error.message).toMatch(/max_record_size|longer than|too long/i);
  });
});
