/** What a clinician wrote and did not send, and how a consultation that waits is spoken of. */
import { describe, expect, test } from "vitest";
import type { Dossier } from "../../../apps/handover/api.ts";
import { Review } from "../../../apps/handover/api.ts";
import {
  blank,
  Draft,
  editsOf,
  isBlank,
  isOvertaken,
  isWaiting,
  moved,
  rankingOf,
  reviewOf,
  withoutEdits,
  withPart,
  withRanking,
  withUrgency,
} from "../../../apps/web/clinician/draft.ts";
import { endText, newsText, waitedText, whoText } from "../../../apps/web/clinician/words.ts";

const condition = (name: string, probability: number) => ({ name, probability, for: [], against: [] });
const entry = { consultation: "c", since: "2026-01-01T10:00:00.000Z", end: "concluded", redFlags: 0 } as const;
const dossier: Dossier = {
  entry: { ...entry, urgency: "consultation" },
  seq: 9,
  summary: { subjective: "s", objective: "o", assessment: "a", plan: "p" },
  differential: { conditions: { b: condition("B", 0.2), a: condition("A", 0.7) }, other: 0.1 },
  messages: [{ type: "abandoned", seq: 3, reason: "x" }],
  disclaimer: "d",
};
const draft = blank(9);
const ranking = rankingOf(dossier.differential);
const sent = (given: Draft, decision: Review["decision"]) => Review.parse(reviewOf(given, dossier, decision));

describe("a draft", () => {
  test("holds what differs, and nothing that was put back", () => {
    const changed = withUrgency(withPart(draft, dossier, "plan", "later"), dossier, "emergency");
    expect(editsOf(changed)).toEqual(["plan", "urgency"]);
    expect(withUrgency(withPart(changed, dossier, "plan", "p"), dossier, "consultation")).toEqual(draft);
    const swapped = withRanking(draft, dossier, moved(ranking, 0, 1));
    expect(editsOf(swapped)).toEqual(["differential"]);
    expect(withRanking(swapped, dossier, moved(swapped.ranking!, 1, 0))).toEqual(draft);
    expect(isBlank(draft)).toBe(true);
    expect(isBlank({ ...draft, note: "x" })).toBe(false);
    expect(withoutEdits({ ...swapped, note: "x" })).toEqual({ ...draft, note: "x" });
  });

  test("becomes what the server takes", () => {
    const note = { ...draft, note: "  seen " };
    expect(sent(note, "confirmed")).toEqual({ seq: 9, decision: "confirmed", note: "seen" });
    expect(sent({ ...note, message: " And now? " }, "returned")).toMatchObject({ message: "And now?", note: "seen" });
    expect(sent(withPart(draft, dossier, "plan", "later"), "edited")).toEqual({
      seq: 9,
      decision: "edited",
      summary: { ...dossier.summary, plan: "later" },
    });
    expect(sent(withRanking(draft, dossier, [{ condition: "b", name: "B" }]), "edited")).toEqual({
      seq: 9,
      decision: "edited",
      differential: [{ condition: "b" }],
    });
  });

  test("is kept as JSON", () => {
    const full = withRanking(withPart(draft, dossier, "plan", "later"), dossier, moved(ranking, 0, 1));
    expect(Draft.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
  });

  test("is overtaken by what matters for a decision, and by nothing else", () => {
    const followedBy = (message: Dossier["messages"][number]): Dossier => ({ ...dossier, messages: [message] });
    expect(isOvertaken(draft, dossier)).toBe(false);
    expect(isOvertaken(draft, followedBy({ type: "said", seq: 10, text: "x" }))).toBe(true);
    expect(isOvertaken(draft, followedBy({ type: "notified", seq: 10, to: "r", outcome: "dead", attempts: 1 }))).toBe(
      false,
    );
  });

  test("waits until it is decided, and again when it ended again", () => {
    const ended = { type: "handed-off", seq: 4, reason: "x", text: "x", disclaimer: "d" } as const;
    const decided = { type: "reviewed", seq: 5, reviewer: "r", decision: "returned" } as const;
    expect(isWaiting({ ...dossier, messages: [ended] })).toBe(true);
    expect(isWaiting({ ...dossier, messages: [ended, decided] })).toBe(false);
    expect(isWaiting({ ...dossier, messages: [ended, decided, { ...ended, seq: 6 }] })).toBe(true);
  });
});

test.each([
  ["2026-01-01T10:00:00.000Z", "just now"],
  ["2026-01-01T09:58:30.000Z", "1 min"],
  ["2026-01-01T08:00:00.000Z", "2 h"],
  ["2026-01-01T06:55:00.000Z", "3 h 5 min"],
  ["2025-12-29T10:00:00.000Z", "3 days"],
  ["2026-01-01T10:05:00.000Z", "just now"],
])("who ended at %s has waited: %s", (since, text) => {
  expect(waitedText(since, Date.parse("2026-01-01T10:00:00.000Z"))).toBe(text);
});

test("a consultation is named by what is known of it", () => {
  expect(whoText({})).toBe("Age and sex not told");
  expect(whoText({ age: 31, sex: "female" })).toBe("31 years, female");
  expect(endText({ end: "handed-off", reason: "self-harm" })).toBe("Handed over: self-harm");
  expect(endText({ end: "concluded", reason: "red-flag" })).toBe("Concluded: stopped by a red flag");
  expect(newsText([{ ...entry, age: 31, urgency: "emergency" }, entry], 4)).toBe(
    "New: 31 years, Emergency, and 1 more. 4 wait.",
  );
});
