/** A transcript as text: what a person can read and take to a clinician. */
import { expect, test } from "vitest";
import type { LogMessage } from "../../../apps/server/protocol.ts";
import { transcriptText } from "../../../apps/web/transcript-text.ts";

const disclaimer = "This is not a diagnosis.";
const written = (...messages: LogMessage[]): string[] =>
  transcriptText(JSON.stringify({ consultation: "c-1", audience: "patient", disclaimer, messages })).split("\n");

test("begins with whose it is and what it is not", () => {
  expect(written().slice(0, 3)).toEqual(["Anamnesis: transcript", "Consultation c-1", disclaimer]);
});

test("tells who said what, what was understood and how it ended", () => {
  const lines = written(
    { type: "said", seq: 3, text: "My back hurts, no fever" },
    { type: "understood", seq: 4, finding: "fever", name: "fever", state: "absent", corrected: false },
    {
      type: "understood",
      seq: 5,
      finding: "onset",
      name: "onset",
      state: "present",
      values: ["over days", "at night"],
      corrected: true,
    },
    { type: "question", seq: 6, turn: 1, kind: "ask", text: "Do you smoke?", suggestions: [] },
    { type: "red-flag", seq: 7, rule: "r", urgency: "emergency", message: "Go now.", emergencyNumber: "112" },
    { type: "conclusion", seq: 8, text: "Be seen.", abstained: false, disclaimer },
  );
  expect(lines.slice(4).filter((line) => line !== "")).toEqual([
    "You: My back hurts, no fever",
    "  (understood: fever: no)",
    "  (understood: onset: over days, at night, corrected)",
    "Anamnesis: Do you smoke?",
    "URGENT: Go now.",
    "Anamnesis: Be seen.",
  ]);
});

test("holds the differential of a clinician, likeliest first", () => {
  const condition = (name: string, probability: number) => ({ name, probability, for: [], against: [] });
  const lines = written({
    type: "conclusion",
    seq: 1,
    text: "Be seen.",
    abstained: false,
    disclaimer,
    differential: { conditions: { a: condition("Cold", 0.2), b: condition("Influenza", 0.705) }, other: 0.095 },
  });
  expect(lines.slice(-4, -1)).toEqual(["  70.5 %  Influenza", "  20.0 %  Cold", "   9.5 %  Everything else"]);
});

test("of another form is refused", () => {
  expect(() => transcriptText("{}")).toThrow();
});
