/** The review folder: a trainer and reviewers that meet there, though either may die. */
import { writeFileSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { automaticApprover, mailboxApprover } from "../../../gpu-trainer/approval/approvers.ts";
import { readReviewEvents } from "../../../gpu-trainer/approval/event-file.ts";
import { verifyReviewEvents } from "../../../gpu-trainer/approval/events.ts";
import { openMailbox, referenceTo, reviewEventsFile } from "../../../gpu-trainer/approval/mailbox.ts";
import type { Verdict } from "../../../gpu-trainer/approval/types.ts";
import { steppingClock } from "../../../src/index.ts";
import { batch, group, held } from "./batches.ts";

const FIRST = held();
const OTHER = held([group("g-1", [0, 1])]);
const CORRECTION: Verdict = {
  type: "correct",
  rewards: [{ group: "g-1", trajectory: 1, reward: 0.8, note: "asked well" }],
  rejectGroups: ["g-2"],
};

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), "run-"));
});

/** A process of its own, as far as anybody can tell: nothing is shared but the folder. */
const mailbox = () => openMailbox(run, { clock: steppingClock(), pollMs: 20 });
const approver = () => mailboxApprover(run, { clock: steppingClock(), pollMs: 20 });
const files = async () => (await readdir(join(run, "review"))).toSorted();
const events = async () => (await readReviewEvents(reviewEventsFile(run))).map(({ event }) => event);
const types = async () => (await events()).map(({ type }) => type);
const code = (value: string) => expect.objectContaining({ code: value });
const isHeld = async (): Promise<void> => {
  while (!(await mailbox().pending())) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe("a held batch", () => {
  test("lies in the run's folder until a reviewer decides; the trainer gets the decision", async () => {
    const reviewed = approver().review(FIRST);
    await isHeld();
    const pending = (await mailbox().pending())!;
    expect(pending).toMatchObject({ ...{ batch: FIRST }, digest: referenceTo(FIRST).digest });
    const decision = await mailbox().decide(referenceTo(FIRST), { type: "confirm" }, "ward-3");
    expect(await reviewed).toEqual(decision);
    expect(decision).toMatchObject({ type: "confirm", step: 12, by: "ward-3", at: "2000-01-01T00:00:00.000Z" });
    expect(await files()).toEqual(["events.jsonl", "step-000012.decision.json", "step-000012.json"]);
    expect(await mailbox().pending()).toBeUndefined();
  });

  test("gets the decision that was made while the trainer was dead, and says so once", async () => {
    await mailbox().hold(FIRST);
    await mailbox().decide(referenceTo(FIRST), CORRECTION, "ward-3");
    for (let lives = 0; lives < 3; lives++) expect(await approver().review(FIRST)).toMatchObject(CORRECTION);
    expect(await types()).toEqual(["batch-held", "rewards-corrected", "groups-rejected"]);
  });

  test("stays held where the trainer was stopped", async () => {
    const stop = new AbortController();
    const reviewed = approver().review(FIRST, stop.signal);
    await isHeld();
    stop.abort(new Error("stopped"));
    await expect(reviewed).rejects.toThrow("stopped");
    expect((await mailbox().pending())!.batch).toEqual(FIRST);
  });

  test("is held again in another round after a correction", async () => {
    const again = held(batch(), { round: 1 });
    const reviewing = approver();
    const reviewed = reviewing.review(FIRST).then(() => reviewing.review(again));
    await isHeld();
    await mailbox().decide(referenceTo(FIRST), CORRECTION, "ward-3");
    await isHeld();
    expect((await mailbox().pending())!.batch.round).toBe(1);
    await mailbox().decide(referenceTo(again), { type: "confirm" }, "ward-3");
    expect((await reviewed).round).toBe(1);
    expect(await files()).toContain("step-000012.round-1.decision.json");
  });

  test("that was rolled out differently after a crash is looked at anew; what came after it is gone", async () => {
    await mailbox().hold(FIRST);
    await mailbox().decide(referenceTo(FIRST), { type: "confirm" }, "ward-3");
    await mailbox().hold(held(batch(), { step: 14 }));
    expect(await mailbox().hold(OTHER)).toBeUndefined();
    expect((await mailbox().pending())!.batch).toEqual(OTHER);
    expect(await files()).toEqual(["events.jsonl", "step-000012.json"]);
    await expect(mailbox().decide(referenceTo(FIRST), { type: "confirm" }, "x")).rejects.toThrow(code("batch-changed"));
  });
});

describe("a decision", () => {
  test("of many at once is the first one's; the others hear of it", async () => {
    await mailbox().hold(FIRST);
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => mailbox().decide(referenceTo(FIRST), { type: "confirm" }, `reviewer-${n}`)),
    );
    const [winner, ...others] = all.filter(({ status }) => status === "fulfilled");
    expect(others).toEqual([]);
    for (const each of all)
      if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "already-decided" });
    expect(await approver().review(FIRST)).toEqual((winner as PromiseFulfilledResult<unknown>).value);
    expect((await files()).filter((name) => name.includes("part"))).toEqual([]);
  });

  test("on what is not held, or does not fit, is refused and leaves nothing", async () => {
    await expect(mailbox().decide(referenceTo(FIRST), { type: "confirm" }, "x")).rejects.toThrow(code("not-held"));
    await mailbox().hold(FIRST);
    const verdict: Verdict = { type: "correct", rewards: [], rejectGroups: ["g-9"] };
    await expect(mailbox().decide(referenceTo(FIRST), verdict, "x")).rejects.toThrow(code("bad-decision"));
    expect(await files()).toEqual(["events.jsonl", "step-000012.json"]);
  });

  test("that was written by hand, and wrongly, is named with its file", async () => {
    await mailbox().hold(FIRST);
    await writeFile(join(run, "review/step-000012.decision.json"), '{"type":"yes"}');
    await expect(approver().review(FIRST)).rejects.toThrow(/step-000012\.decision\.json.*remove it/);
  });
});

describe("the events", () => {
  test("tell what was held, and who decided what on it, in an unbroken chain", async () => {
    await mailbox().hold(held(batch(), { reasons: [{ rule: "bounds", message: "odd", groups: [] }] }));
    const [holding] = await events();
    expect(holding).toMatchObject({ type: "batch-held", groups: 2, trajectories: 6, objective: "oapl" });
    await mailbox().hold(FIRST);
    await mailbox().decide(referenceTo(FIRST), CORRECTION, "ward-3");
    await approver().review(FIRST);
    const reject: Verdict = { type: "reject", reason: "all the same" };
    const next = held(batch(), { step: 13 });
    await mailbox().hold(next);
    await mailbox().decide(referenceTo(next), reject, "terminal");
    await approver().review(next);
    const [, , rewards, groups, , rejection] = await events();
    expect(rewards).toMatchObject({
      by: "ward-3",
      rewards: [{ group: "g-1", trajectory: 1, from: 0, reward: 0.8, note: "asked well" }],
    });
    expect(groups).toMatchObject({ type: "groups-rejected", groups: ["g-2"] });
    expect(rejection).toMatchObject({ type: "batch-rejected", by: "terminal", reason: "all the same", step: 13 });
  });

  test("lose what a crash left half-written, and nothing else", async () => {
    await mailbox().hold(FIRST);
    await appendFile(reviewEventsFile(run), '{"event":{"seq":1,"ty');
    await mailbox().decide(referenceTo(FIRST), { type: "confirm" }, "x");
    await approver().review(FIRST);
    expect(await types()).toEqual(["batch-held", "batch-confirmed"]);
  });

  test("that were altered, left out or moved are named by their line", async () => {
    const mails = mailbox();
    for (let step = 1; step <= 3; step++) await mails.hold(held(batch(), { step }));
    const lines = (await readFile(reviewEventsFile(run), "utf8")).trimEnd().split("\n");
    const parsed = lines.map((line) => JSON.parse(line));
    expect(verifyReviewEvents(parsed)).toMatchObject({ whole: true, count: 3 });
    const altered = lines.with(1, lines[1]!.replace('"trajectories":6', '"trajectories":7'));
    const cases = [altered, [lines[0], lines[2]], [lines[1], lines[0], lines[2]]];
    for (const [index, broken] of cases.entries()) {
      await writeFile(reviewEventsFile(run), `${broken.join("\n")}\n`);
      const line = [2, 2, 1][index];
      await expect(readReviewEvents(reviewEventsFile(run))).rejects.toMatchObject({
        code: "chain-broken",
        place: { line },
      });
      await expect(approver().review(held(batch(), { step: 4 }))).rejects.toThrow(code("chain-broken"));
    }
  });
});

describe("nobody there", () => {
  const odd = held(batch(), { reasons: [{ rule: "bounds", message: "a reward is not from 0 to 1", groups: ["g-1"] }] });

  test("odd batches are rejected with the rules' words, others confirmed, all of it on record", async () => {
    const automatic = automaticApprover(run, { clock: steppingClock() });
    expect(await automatic.review(held(batch(), { step: 11 }))).toMatchObject({ type: "confirm", by: "rules" });
    expect(await automatic.review(odd)).toMatchObject({ type: "reject", reason: "a reward is not from 0 to 1" });
    expect(await automatic.review(odd)).toMatchObject({ type: "reject" });
    expect(await types()).toEqual(["batch-held", "batch-confirmed", "batch-held", "batch-rejected"]);
  });

  test("a person who is quicker has the word", async () => {
    const { now } = steppingClock();
    let told = 0;
    // The third time that is told is the rules' own decision: somebody decides right before.
    const clock = {
      now() {
        if (++told === 3) {
          const by = { by: "dr-lee", at: "2026-01-01T00:00:00.000Z" };
          const decision = { type: "confirm", ...referenceTo(odd), ...by };
          writeFileSync(join(run, "review/step-000012.decision.json"), JSON.stringify(decision));
        }
        return now();
      },
    };
    expect(await automaticApprover(run, { clock }).review(odd)).toMatchObject({ type: "confirm", by: "dr-lee" });
  });

  test("odd batches can be let through", async () => {
    expect(await automaticApprover(run, { whenOdd: "confirm" }).review(odd)).toMatchObject({ type: "confirm" });
  });
});
