/** `anamnesis fhir`, in this process: exit codes as `main.ts` gives them, and what was printed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fhirCommand } from "../../../apps/cli/fhir.ts";
import { fhirBundle } from "../../../apps/fhir/index.ts";
import { fileNameOf, openFileStore } from "../../../apps/server/stores/file.ts";
import { AnamnesisError, type ConsultationEvent } from "../../../src/index.ts";
import { base, simulated, talked } from "./consultations.ts";

async function fhir(...args: string[]): Promise<{ code: number; out: string }> {
  let out = "";
  const print = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  try {
    await fhirCommand().exitOverride().parseAsync(args, { from: "user" });
    return { code: 0, out };
  } catch (error) {
    if (!(error instanceof AnamnesisError)) throw error;
    return { code: error.fault === "input" ? 2 : 1, out: `${out}${error.code}: ${error.message}` };
  } finally {
    print.mockRestore();
  }
}

let folder: string;
let events: ConsultationEvent[];
const fileOf = (id: string): string => join(folder, fileNameOf(id));
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "anamnesis-fhir-"));
  events = await talked("a", "crushing chest pain and I am in a cold sweat");
  const store = await openFileStore(folder);
  await store.append("a", events, 0);
  await store.append("b", await talked("b", "I have a cough"), 0);
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a stored transcript", () => {
  test("is shown for a patient, and written for a clinician who is named", async () => {
    const { code, out } = await fhir(fileOf("a"));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(fhirBundle(events, base));
    const json = join(folder, "bundle.json");
    const written = await fhir(fileOf("a"), "--audience", "clinician", "--json", json);
    expect(written).toEqual({ code: 0, out: expect.stringMatching(/^a: \d+ resources for the clinician, in /) });
    expect(JSON.parse(readFileSync(json, "utf8"))).toEqual(fhirBundle(events, base, { audience: "clinician" }));
  });

  test("of a store is chosen by its consultation", async () => {
    const { code, out } = await fhir(`file:${folder}`, "--consultation", "a", "--emergency-number", "911");
    expect(code).toBe(0);
    expect(out).toContain("Call 911 now.");
    expect(await fhir(`file:${folder}`)).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^several-consultations/),
    });
    expect((await fhir(`file:${folder}`, "--consultation", "nobody")).code).toBe(2);
  });

  test("that was altered is not exported: 1, and the line, without the patient's words", async () => {
    writeFileSync(fileOf("a"), readFileSync(fileOf("a"), "utf8").replace("crushing", "mild"));
    const { code, out } = await fhir(fileOf("a"));
    expect(code).toBe(1);
    expect(out).toContain(`altered: ${fileOf("a")}:2: `);
    expect(out).not.toContain("mild");
  });

  test("2 where there is nothing, no transcript, no file, or another knowledge base's consultation", async () => {
    const file = join(folder, "x.jsonl");
    writeFileSync(file, "");
    expect((await fhir(file)).out).toMatch(/^nothing-to-export/);
    writeFileSync(file, "hello\n");
    expect(await fhir(file)).toMatchObject({ code: 2, out: expect.stringMatching(/^bad-transcript.*x\.jsonl:1/) });
    expect((await fhir(join(folder, "none.jsonl"))).code).toBe(2);
    expect((await fhir(fileOf("a"), "--json", join(folder, "none", "out.json"))).code).toBe(2);
  });
});

describe("what `consult --json` wrote", () => {
  test("is exported, one consultation at a time", async () => {
    const all = await simulated(2);
    const file = join(folder, "events.json");
    const write = (lists: unknown[]): void =>
      writeFileSync(
        file,
        `{"cases":"starter",\n"consultations": [\n${lists.map((each) => JSON.stringify({ label: "x", events: each })).join(",\n")}\n]}\n`,
      );
    write(all);
    expect((await fhir(file)).out).toMatch(/^several-consultations/);
    const { out } = await fhir(file, "--consultation", "s-1", "--audience", "clinician");
    expect(JSON.parse(out)).toEqual(fhirBundle(all[1]!, base, { audience: "clinician" }));
    expect((await fhir(file, "--consultation", "s-9")).out).toMatch(/^nothing-to-export.*s-9/);
    write([[{ type: "opened" }]]);
    expect(await fhir(file)).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^bad-transcript.*consultations\.0/),
    });
  });
});
