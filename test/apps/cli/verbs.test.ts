/** The verbs, run as processes. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ConsultationEvent, checkSequence } from "../../../src/index.ts";
import { anamnesis, ended, inFolder, start } from "./command.ts";

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

describe("consult", () => {
  test("shows the consultation and writes its events, the same for the same seed", () =>
    inFolder(async (folder) => {
      const [one, two] = [join(folder, "one.json"), join(folder, "two.json")];
      const args = ["consult", "--cases", "starter", "--n", "3", "--seed", "1", "--json"];
      const [first, second] = await Promise.all([anamnesis([...args, one]), anamnesis([...args, two])]);
      expect([first.code, second.code, first.err]).toEqual([0, 0, ""]);
      expect(readFileSync(one, "utf8")).toBe(readFileSync(two, "utf8"));
      expect(first.out).toContain("To be considered, likeliest first:");
      const { consultations } = readJson(one);
      expect(consultations).toHaveLength(3);
      for (const { events } of consultations) {
        checkSequence(events.map((event: unknown) => ConsultationEvent.parse(event)));
        expect(events.at(-1).type).toBe("concluded");
      }
    }));

  test("--quiet shows nothing", async () => {
    expect((await anamnesis(["consult", "--quiet"])).out).toBe("");
  });
});

describe("evaluate", () => {
  test("writes the metrics with their intervals, and the report", () =>
    inFolder(async (folder) => {
      const [json, report] = [join(folder, "out.json"), join(folder, "out.html")];
      const { code, out } = await anamnesis([
        "evaluate",
        "--n",
        "60",
        "--budget",
        "8",
        "--json",
        json,
        "--report",
        report,
      ]);
      expect(code).toBe(0);
      expect(out).toContain("60 consultations");
      const result = readJson(json);
      for (const name of [
        "n",
        "top1",
        "top3",
        "top5",
        "il",
        "per",
        "ece",
        "safe",
        "seconds",
        "consultations_per_second",
      ]) {
        expect(result[name], name).toBeTypeOf("number");
      }
      expect([result.ddr, result.ddp, result.ddf1]).toEqual([null, null, null]);
      expect(result.ci95.top1).toHaveLength(2);
      expect(readFileSync(report, "utf8")).toContain("</html>");
    }));

  test("gives the same figures for the same seed", () =>
    inFolder(async (folder) => {
      const run = async (file: string) => {
        await anamnesis(["evaluate", "--n", "40", "--seed", "5", "--agent", "random", "--json", join(folder, file)]);
        const { seconds, consultations_per_second, peak_memory_mb, ...figures } = readJson(join(folder, file));
        return figures;
      };
      expect(await run("a.json")).toEqual(await run("b.json"));
    }));

  test("Ctrl-C keeps what was finished", () =>
    inFolder(async (folder) => {
      const json = join(folder, "out.json");
      const child = start("evaluate", "--n", "100000000", "--json", json);
      const end = ended(child);
      // Long enough to have begun, on a slow machine too: before, Ctrl-C would end it with nothing to keep.
      await setTimeout(8_000);
      child.kill("SIGINT");
      expect((await end).code).toBe(130);
      const result = readJson(json);
      expect(result.interrupted).toBe(true);
      expect(result.n).toBeGreaterThan(0);
      expect(readdirSync(folder)).toEqual(["out.json"]);
    }));
});

describe("cases", () => {
  test("--validate finds the starter knowledge base without fault", async () => {
    const { code, out } = await anamnesis(["cases", "--validate"]);
    expect(out).toMatch(/\d+ findings, \d+ conditions, \d+ red-flag rules: 0 errors, 0 warnings/);
    expect(code).toBe(0);
  });

  test("converts a source to the project's own format, which evaluates alike", () =>
    inFolder(async (folder) => {
      const file = join(folder, "cases.jsonl");
      const { code } = await anamnesis([
        "cases",
        "starter",
        "--sample",
        "30",
        "--convert",
        file,
        "--split",
        "80:10:10",
      ]);
      expect(code).toBe(0);
      const rows = readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(rows).toHaveLength(30);
      expect(new Set(rows.map(({ split }) => split)).size).toBeGreaterThan(1);
      const direct = await anamnesis(["evaluate", "--n", "30"]);
      const again = await anamnesis(["evaluate", "--cases", file]);
      const figures = (text: string) => text.split("\n").filter((line) => /^ {2}(top1|il|per)/.test(line));
      expect(figures(again.out)).toEqual(figures(direct.out));
    }));
});

describe("serve token", () => {
  test("makes tokens of both audiences, and for the queue clinicians' alone", () =>
    inFolder(async (folder) => {
      const file = join(folder, "tokens.json");
      const token = (...more: string[]) => anamnesis(["serve", "token", "--file", file, ...more]);
      expect((await token("--name", "door")).out.trim()).toMatch(/^[\w-]{43}$/);
      expect((await token("--name", "ward", "--audience", "clinician", "--queue")).code).toBe(0);
      expect(JSON.parse(readFileSync(file, "utf8")).tokens).toMatchObject([
        { name: "door", audience: "patient" },
        { name: "ward", audience: "clinician", queue: true },
      ]);
      const refused = await token("--name", "other", "--queue");
      expect({ code: refused.code, err: refused.err }).toEqual({
        code: 2,
        err: expect.stringContaining("only a token with the audience clinician can be for the queue"),
      });
    }));
});

describe("wrong input", () => {
  const SOURCES = "starter, ddxplus:DIR";
  test.each([
    ["an unknown verb", ["frobnicate"], "unknown command"],
    ["an unknown source", ["evaluate", "--cases", "nope"], SOURCES],
    ["a missing directory", ["evaluate", "--cases", "ddxplus:/nowhere"], "no such file"],
    ["a missing file", ["evaluate", "--cases", "/nowhere/cases.jsonl"], "no such file"],
    ["a directory where a file is meant", ["evaluate", "--cases", "mediq:/"], "is a directory"],
    ["a budget that is no number", ["evaluate", "--budget", "many"], "expected a whole number"],
    ["a probability out of range", ["consult", "--denial", "1.5"], "from 0 to 1"],
    ["an unknown agent", ["evaluate", "--agent", "oracle"], "bayes"],
    ["an unknown persona", ["consult", "--persona", "pirate"], "plain"],
    ["an output folder that is not there", ["evaluate", "--json", "/nowhere/out.json"], "create it first"],
    ["a split without a conversion", ["cases", "--split", "80:10:10"], "--convert"],
  ])("%s: exit code 2 and one clear message", async (_, args, message) => {
    const { code, out, err } = await anamnesis(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe("");
  });

  test("a bad row: file, line and reason; nothing is written; --skip-bad counts it", () =>
    inFolder(async (folder) => {
      const [file, json] = [join(folder, "cases.jsonl"), join(folder, "out.json")];
      const good = {
        id: "a",
        label: { name: "Migraine" },
        opening: ["headache"],
        findings: [{ finding: "headache", state: "present" }],
      };
      writeFileSync(file, `${JSON.stringify(good)}\n{"id": "b"}\n`);
      const refused = await anamnesis(["evaluate", "--cases", file, "--json", json]);
      expect(refused.code).toBe(2);
      expect(refused.err).toContain(`${file}:2: label`);
      expect(existsSync(json)).toBe(false);
      const skipped = await anamnesis(["evaluate", "--cases", file, "--skip-bad", "--json", json]);
      expect(skipped.code).toBe(0);
      expect(readJson(json).skipped.count).toBe(1);
    }));

  test("every verb has --help with an example", async () => {
    for (const verb of ["consult", "evaluate", "cases", "chat", "train-head"]) {
      const { code, out } = await anamnesis([verb, "--help"]);
      expect(code).toBe(0);
      expect(out).toMatch(/Examples?:\n\s+anamnesis/);
    }
  });
});
