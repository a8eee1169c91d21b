/** `metrics.jsonl` as a run writes it, a crash leaves it and a resumed run goes on with it. */
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunError } from "../../../gpu-trainer/runs/errors.ts";
import { appendMetrics, MetricsRow, readMetrics, truncateAfter } from "../../../gpu-trainer/runs/metrics.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "metrics-"));
  file = join(directory, "metrics.jsonl");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function row(step: number, more: Record<string, number> = {}): MetricsRow {
  return {
    step,
    generations: step * 64,
    reward_mean: -0.25,
    accuracy: 0.5,
    questions_mean: 4.5,
    kl: 0.01,
    entropy: 1.25,
    logprob_delta: 0.0001,
    lag: 0,
    seconds: 2.5,
    ...more,
  };
}

/** The error that `work` ends in. */
async function errorOf(work: Promise<unknown>): Promise<RunError> {
  const error = await work.then(
    () => undefined,
    (raised: unknown) => raised,
  );
  expect(error).toBeInstanceOf(RunError);
  return error as RunError;
}

describe("rows", () => {
  test("come back as they were written, a line each, with the trainer's own numbers", async () => {
    const rows = [row(1, { clip_fraction: 0.2 }), row(2, { held_out_accuracy: 0.4, held_out_low: 0.3 })];
    for (const each of rows) await appendMetrics(file, each);
    expect(await readMetrics(file)).toEqual(rows);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(3);
  });

  test("need every named figure", () => {
    for (const name of Object.keys(row(1))) {
      const { [name]: _, ...rest } = row(1);
      expect(MetricsRow.safeParse(rest).success).toBe(false);
      expect(MetricsRow.safeParse({ ...row(1), [name]: null }).success).toBe(false);
    }
  });

  test.each([
    ["kl", Number.NaN],
    ["entropy", Number.POSITIVE_INFINITY],
    ["accuracy", 1.2],
    ["step", 1.5],
    ["clip_fraction", Number.NaN],
  ])("with %s = %d are refused before anything is written", async (name, value) => {
    const { code, message } = await errorOf(appendMetrics(file, row(1, { [name]: value })));
    expect(code).toBe("bad-metrics");
    expect(message).toContain(name);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("reading", () => {
  test("passes over a last line that a crash tore", async () => {
    await writeFile(file, `${JSON.stringify(row(1))}\n${JSON.stringify(row(2)).slice(0, 40)}`);
    expect(await readMetrics(file)).toEqual([row(1)]);
  });

  test("takes a whole last line that lacks its end", async () => {
    await writeFile(file, JSON.stringify(row(1)));
    expect(await readMetrics(file)).toEqual([row(1)]);
  });

  test.each([
    ["a torn line", '{"step":', "is not JSON"],
    ["a field that is none", JSON.stringify({ ...row(2), lag: null }), "lag"],
    ["a text for a number", JSON.stringify({ ...row(2), note: "warm" }), "note"],
  ])("names file and line of %s before the end", async (_, line, told) => {
    await writeFile(file, `${JSON.stringify(row(1))}\n${line}\n${JSON.stringify(row(3))}\n`);
    const { code, place, message } = await errorOf(readMetrics(file));
    expect(code).toBe("bad-metrics");
    expect(place).toMatchObject({ file, line: 2 });
    expect(message).toContain(told);
  });

  test("a line that ends and is no row is at fault, were it the last", async () => {
    await writeFile(file, `${JSON.stringify(row(1))}\n{"step":\n`);
    expect((await errorOf(readMetrics(file))).place).toEqual({ file, line: 2 });
  });

  test("an empty file has no rows, a missing one is an error", async () => {
    await writeFile(file, "");
    expect(await readMetrics(file)).toEqual([]);
    expect((await errorOf(readMetrics(join(directory, "none")))).code).toBe("unreadable");
  });
});

describe("appending after a crash", () => {
  test("cuts off the torn line", async () => {
    await writeFile(file, `${JSON.stringify(row(1))}\n${JSON.stringify(row(2)).slice(0, 40)}`);
    await appendMetrics(file, row(2));
    expect(await readMetrics(file)).toEqual([row(1), row(2)]);
  });

  test("cuts off a torn first line", async () => {
    await writeFile(file, '{"st');
    await appendMetrics(file, row(1));
    expect(await readMetrics(file)).toEqual([row(1)]);
  });

  test("keeps a whole line that lacks its end", async () => {
    await writeFile(file, JSON.stringify(row(1)));
    await appendMetrics(file, row(2));
    expect(await readMetrics(file)).toEqual([row(1), row(2)]);
  });

  test("where it cannot be written, says so", async () => {
    expect((await errorOf(appendMetrics(join(directory, "none", "metrics.jsonl"), row(1)))).code).toBe("not-written");
  });
});

describe("truncating for a resumed run", () => {
  test("keeps the rows up to the step, their lines unchanged, and leaves no other file", async () => {
    for (const step of [1, 2, 3, 4]) await appendMetrics(file, row(step));
    const [first, second] = (await readFile(file, "utf8")).split("\n");
    await truncateAfter(file, 2);
    expect(await readFile(file, "utf8")).toBe(`${first}\n${second}\n`);
    expect(await readdir(directory)).toEqual(["metrics.jsonl"]);
    await appendMetrics(file, row(3));
    expect(await readMetrics(file)).toEqual([row(1), row(2), row(3)]);
  });

  test("drops a torn line too", async () => {
    await appendMetrics(file, row(1));
    await appendFile(file, '{"step":2');
    await truncateAfter(file, 5);
    expect(await readFile(file, "utf8")).toBe(`${JSON.stringify(row(1))}\n`);
  });

  test("leaves a file that does not exist", async () => {
    await truncateAfter(file, 0);
    expect(await readdir(directory)).toEqual([]);
  });

  test("leaves a damaged file as it was", async () => {
    const damaged = `not JSON\n${JSON.stringify(row(1))}\n`;
    await writeFile(file, damaged);
    expect((await errorOf(truncateAfter(file, 0))).code).toBe("bad-metrics");
    expect(await readFile(file, "utf8")).toBe(damaged);
  });
});
