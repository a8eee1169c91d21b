/** What leaves a store as training data: who agreed, redacted, under a pseudonym; and what a deletion takes out of it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deleteCommand } from "../../../apps/cli/delete.ts";
import { evaluateCommand } from "../../../apps/cli/evaluate.ts";
import { exportCommand } from "../../../apps/cli/export.ts";
import { DialogueRecord } from "../../../apps/records/index.ts";
import { openFileStore } from "../../../apps/server/stores/file.ts";
import { transcriptsOf } from "../../../apps/server/stores/transcripts.ts";
import { Case } from "../../../simulators/index.ts";
import { type Conclude, type ConsultationEvent, type EventBody, eventAt } from "../../../src/index.ts";
import { type Ran, run } from "./in-process.ts";

let folder: string;
const within = (name: string): string => join(folder, name);
const STORE = (): string => `file:${within("store")}`;
const KEY = (): string => within("export.key");
const exported = (...more: string[]): Promise<Ran> =>
  run(exportCommand(), "--store", STORE(), "--to", within("out"), "--key-file", KEY(), ...more);
const deleted = (consultation: string, ...more: string[]): Promise<Ran> =>
  run(deleteCommand(), consultation, "--store", STORE(), ...more);
const records = (kind: string): unknown[] =>
  existsSync(within(`out/${kind}.jsonl`))
    ? readFileSync(within(`out/${kind}.jsonl`), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anamnesis-export-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function keep(consultation: string, bodies: readonly EventBody[], from = 0): Promise<void> {
  const store = await openFileStore(within("store"));
  const events = bodies.map((body, index): ConsultationEvent => {
    const time = new Date(Date.UTC(2031, 4, 17, 9, 30, from + index)).toISOString();
    return eventAt({ consultation, seq: from + index, time }, body);
  });
  await store.append(consultation, events, from);
  await store.close();
}

const AGREED = { type: "consented", disclaimer: "read this", training: true } as const;
const NOT_AGREED = { type: "consented", disclaimer: "read this" } as const;
const CONCLUSION: Conclude = {
  type: "conclude",
  differential: { entries: [{ condition: "common-cold", probability: 0.9 }], other: 0.1 },
  abstained: false,
  urgency: "self-care",
};
const opened = (age = 93): EventBody => ({
  type: "opened",
  intake: { findings: [], age, sex: "female" },
  versions: { knowledge: "starter" },
});
const TALK: EventBody[] = [
  {
    type: "patient-said",
    text: "I'm Philippa Quent, born 12 May 1938, and I have a cough. Call me on 0151 496 0123.",
    id: "m-1",
  },
  { type: "attachment-received", attachment: { type: "image/jpeg", url: "telegram:FILE", name: "philippa.jpg" } },
  { type: "finding-observed", observed: { finding: "cough", state: "present" } },
  { type: "agent-asked", turn: 1, finding: "fever", text: "Have you had a fever?" },
  { type: "patient-said", text: "no fever, since 3 days", id: "m-2" },
  { type: "finding-observed", observed: { finding: "fever", state: "absent" } },
  { type: "concluded", conclusion: CONCLUSION, text: "Rest at home." },
];
const confirmed: EventBody = {
  type: "reviewed",
  reviewer: "Dr Umbridge",
  decision: "confirmed",
  note: "Seen, says Umbridge.",
};

describe("anamnesis export", () => {
  test("writes nothing of those who did not agree, and says why", async () => {
    await keep("c-1", [opened(), NOT_AGREED, ...TALK]);
    const { code, out } = await exported();
    expect(code).toBe(0);
    expect(out).toContain("0 transcripts: nothing is written");
    expect(out).toContain("1 left out: the person did not agree to training");
    expect(readdirSync(within("out"))).toEqual(["export.json"]);
  });

  test("writes a dialogue without who it was and when it was", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK, confirmed]);
    expect((await exported()).out).toContain("1 transcripts in");
    const [record] = records("transcripts");
    const dialogue = DialogueRecord.parse(record);
    expect(dialogue.turns.map(({ at, by, text }) => [at, by, text])).toEqual([
      [2, "patient", "I'm [word], born [date], and I have a cough. Call me on [phone]."],
      [5, "agent", "Have you had a fever?"],
      [6, "patient", "no fever, since 3 days"],
      [8, "agent", "Rest at home."],
    ]);
    expect(dialogue).toMatchObject({ age: 90, sex: "female", ended: "concluded", review: { decision: "confirmed" } });
    expect(dialogue.turns[0]!.observed).toEqual([{ finding: "cough", state: "present" }]);
    const bytes = readFileSync(within("out/transcripts.jsonl"), "utf8");
    expect(bytes).not.toMatch(/c-1|m-1|2031|1938|philippa|quent|umbridge|telegram|0151/i);
  });

  test("keeps the key, and the export, to their owner, and the key out of the export", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK]);
    await exported();
    expect(statSync(KEY()).mode & 0o777).toBe(0o600);
    expect(statSync(within("out/transcripts.jsonl")).mode & 0o777).toBe(0o600);
    const [first] = records("transcripts") as { id: string }[];
    await exported();
    expect((records("transcripts") as { id: string }[])[0]!.id).toBe(first!.id);
    const inside = await run(exportCommand(), "--store", STORE(), "--to", within("out"), "--key-file", within("out/k"));
    expect(inside).toMatchObject({ code: 2, out: expect.stringContaining("whoever gets the records gets the key") });
    const other = await run(exportCommand(), "--store", STORE(), "--to", within("out"), "--key-file", within("k2"));
    expect(other).toMatchObject({ code: 2, out: expect.stringContaining("another key") });
  });

  test("is a sync: who was deleted, or no longer agrees, is gone from it", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK]);
    await keep("c-2", [opened(), AGREED, ...TALK]);
    await keep("c-3", [opened(), AGREED, ...TALK]);
    expect((await exported()).out).toContain("3 transcripts");
    await keep("c-2", [NOT_AGREED], 2 + TALK.length);
    expect((await deleted("c-3")).code).toBe(0);
    const { out } = await exported();
    expect(out).toContain("1 transcripts in");
    expect(out).toContain("2 of before are gone");
    expect(records("transcripts")).toHaveLength(1);
  });

  test("goes on where a running server deletes a consultation meanwhile", async () => {
    for (const id of ["c-1", "c-2", "c-3"]) await keep(id, [opened(), AGREED, ...TALK]);
    const found: string[] = [];
    for await (const { lines } of transcriptsOf(STORE())) {
      found.push(lines[0]!);
      rmSync(within("store/c-2.jsonl"), { force: true });
    }
    expect(found).toHaveLength(2);
  });

  test("leaves out what was altered", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK]);
    const file = within("store/c-1.jsonl");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("since 3 days", "since 4 days"));
    expect((await exported()).out).toContain("1 left out: is not what was stored");
  });

  test("makes cases of what a clinician reviewed, which `evaluate` reads", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK, confirmed]);
    await keep("c-2", [opened(), AGREED, ...TALK]);
    const edited = {
      ...CONCLUSION,
      differential: { entries: [{ condition: "influenza", probability: 0.8 }], other: 0.2 },
    };
    await keep("c-3", [
      opened(),
      AGREED,
      ...TALK,
      { ...confirmed, decision: "edited", conclusion: edited } as EventBody,
    ]);
    await keep("c-4", [opened(), AGREED, ...TALK, confirmed, { ...confirmed, decision: "returned" } as EventBody]);
    const { out } = await exported("--as", "cases");
    expect(out).toContain("2 cases in");
    expect(out).toContain("2 left out: no clinician confirmed or edited it");
    const cases = records("cases").map((each) => Case.parse(each));
    expect(cases.map(({ label }) => label.condition).sort()).toEqual(["common-cold", "influenza"]);
    expect(cases[0]).toMatchObject({ age: 90, opening: ["cough"], unlisted: "unknown", urgency: "self-care" });
    expect(JSON.stringify(cases)).not.toMatch(/philippa|quent|1938|umbridge|telegram/i);
    const evaluated = await run(evaluateCommand(), "--cases", within("out/cases.jsonl"), "--json", within("e.json"));
    expect(evaluated.code).toBe(0);
    expect(JSON.parse(readFileSync(within("e.json"), "utf8"))).toMatchObject({ n: 2 });
  });
});

describe("anamnesis delete", () => {
  test("takes a consultation out of the store and out of exports, and leaves no byte of it", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK, confirmed]);
    await keep("c-2", [opened(), AGREED, ...TALK, confirmed]);
    await exported();
    await exported("--as", "cases");
    const { code, out } = await deleted("c-1", "--export", within("out"), "--key-file", KEY());
    expect(code).toBe(0);
    expect(out).toContain("store: deleted");
    expect(out).toContain("transcripts, cases: deleted");
    expect(records("transcripts")).toHaveLength(1);
    expect(records("cases")).toHaveLength(1);
    expect(readdirSync(within("store"))).toEqual(["c-2.jsonl"]);
    const again = await deleted("c-1", "--export", within("out"), "--key-file", KEY());
    expect(again).toMatchObject({ code: 1, out: expect.stringContaining("store: was not there") });
  });

  test("finds it in an export when the store has forgotten it already", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK]);
    await exported();
    rmSync(within("store/c-1.jsonl"));
    expect((await deleted("c-1", "--export", within("out"), "--key-file", KEY())).code).toBe(0);
    expect(existsSync(within("out/transcripts.jsonl"))).toBe(false);
  });

  test("deletes nothing before it knows that it can reach the exports", async () => {
    await keep("c-1", [opened(), AGREED, ...TALK]);
    expect(await deleted("c-1", "--export", within("nowhere"), "--key-file", KEY())).toMatchObject({ code: 2 });
    expect(existsSync(within("store/c-1.jsonl"))).toBe(true);
    expect(await deleted("c-1", "--export", within("nowhere"))).toMatchObject({ code: 2 });
    expect(existsSync(within("store/c-1.jsonl"))).toBe(true);
  });
});
