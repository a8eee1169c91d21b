/** Making a Python environment, with lists of packages that need no network. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isCurrent, stampOf } from "../../gpu-trainer/process/environment.ts";
import { makeEnvironment } from "../../gpu-trainer/process/setup.ts";
import { workerPython } from "../fixtures/worker-python.ts";

const python = workerPython();

function folder(list: string) {
  const directory = mkdtempSync(join(tmpdir(), "environment-"));
  const lock = join(directory, "requirements.txt");
  writeFileSync(lock, list);
  return { environment: join(directory, ".venv"), lock };
}

describe.skipIf(!python)("an environment", { timeout: 180_000 }, () => {
  test("is made once, and again when its lock has changed or it was broken off", async () => {
    const { environment, lock } = folder("# nothing\n");
    const lines: string[] = [];
    const make = () => makeEnvironment(environment, [lock], { python: python!, log: (line) => lines.push(line) });
    const first = await make();
    expect(first.made).toBe(true);
    expect(existsSync(first.python)).toBe(true);
    expect(lines.join("\n")).toContain(`making ${environment}`);
    expect(await make()).toEqual({ python: first.python, made: false });

    writeFileSync(lock, "# nothing more\n");
    expect(isCurrent(environment, [lock])).toBe(false);
    expect((await make()).made).toBe(true);
    rmSync(stampOf(environment));
    expect((await make()).made).toBe(true);
    expect(isCurrent(environment, [lock])).toBe(true);
  });

  test("that pip cannot fill fails with pip's words, is not taken for whole, and can be mended", async () => {
    const { environment, lock } = folder("=== nonsense\n");
    const make = () => makeEnvironment(environment, [lock], { python: python! });
    await expect(make()).rejects.toMatchObject({ code: "setup-failed", message: expect.stringContaining("nonsense") });
    expect(isCurrent(environment, [lock])).toBe(false);
    writeFileSync(lock, "# nothing\n");
    expect((await make()).made).toBe(true);
  });
});

describe("an environment that cannot be made", () => {
  test("says what is missing", async () => {
    const { environment, lock } = folder("");
    const without = makeEnvironment(environment, [lock], { python: "/nowhere/python" });
    await expect(without).rejects.toThrow("/nowhere/python is not a Python of version 3.11 or later");
    await expect(makeEnvironment(environment, [`${lock}.gone`])).rejects.toThrow("is missing");
    expect(existsSync(`${environment}.lock`)).toBe(false);
  });

  test("is left alone while another process makes it, and taken over once that is gone", async () => {
    const { environment, lock } = folder("");
    writeFileSync(`${environment}.lock`, String(process.ppid));
    await expect(makeEnvironment(environment, [lock])).rejects.toThrow(`process ${process.ppid} sets`);
    writeFileSync(`${environment}.lock`, "999999999");
    await expect(makeEnvironment(environment, [lock], { python: "/nowhere" })).rejects.toThrow("/nowhere");
    expect(() => readFileSync(`${environment}.lock`)).toThrow("ENOENT");
  });
});
