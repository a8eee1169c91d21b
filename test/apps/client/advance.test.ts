/** The state of a chat as messages come, by hand: order, repetitions, and what belongs together. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AT_FIRST, advance, withFailed, withoutStreaming, withSaid } from "../../../apps/client/advance.ts";
import type { ChatState } from "../../../apps/client/index.ts";
import type { LogMessage, ServerMessage } from "../../../apps/server/protocol.ts";

const told = (state: ChatState, ...messages: ServerMessage[]): ChatState => messages.reduce(advance, state);
const kinds = ({ entries }: ChatState): string[] => entries.map(({ kind }) => kind);

const opened: LogMessage = {
  type: "opened",
  seq: 1,
  consultation: "c-1",
  audience: "patient",
  disclaimer: "not a diagnosis",
  prompt: "What troubles you?",
};
const question = (seq: number, finding: string): LogMessage => ({
  type: "question",
  seq,
  turn: 1,
  kind: "ask",
  text: `Do you have a ${finding}?`,
  finding,
  purpose: "to tell how urgent it is",
  suggestions: [{ label: "Yes", observed: { finding, state: "present" } }],
});
const understood = (seq: number, finding: string, state: "present" | "absent"): LogMessage => ({
  type: "understood",
  seq,
  finding,
  name: finding,
  state,
  corrected: false,
});
const LOG: readonly LogMessage[] = [
  opened,
  { type: "consented", seq: 2, disclaimer: "not a diagnosis" },
  { type: "said", seq: 3, text: "I cough" },
  understood(4, "cough", "present"),
  question(5, "fever"),
  { type: "said", seq: 6, text: "why?" },
  {
    type: "reply",
    seq: 7,
    text: "To be sure. Do you have a fever?",
    finding: "fever",
    suggestions: [{ label: "Not sure", observed: { finding: "fever", state: "unknown" } }],
  },
  { type: "said", seq: 8, text: "no" },
  understood(9, "fever", "absent"),
  { type: "red-flag", seq: 10, rule: "r", urgency: "emergency", message: "Go now.", emergencyNumber: "112" },
  { type: "conclusion", seq: 11, text: "Go.", abstained: true, disclaimer: "not a diagnosis", urgency: "emergency" },
];

describe("the log", () => {
  test("becomes entries in its order", () => {
    const state = told(AT_FIRST, ...LOG);
    expect(kinds(state)).toEqual(["agent", "person", "agent", "person", "agent", "person", "red-flag", "conclusion"]);
    expect(state).toMatchObject({ lastSeq: 11, ended: true, consultation: "c-1", audience: "patient" });
    expect(new Set(state.entries.map(({ key }) => key)).size).toBe(8);
  });

  test("told again, in whole or in part, changes nothing", () => {
    const whole = told(AT_FIRST, ...LOG);
    fc.assert(
      fc.property(fc.array(fc.nat(LOG.length)), (places) => {
        let state = AT_FIRST;
        let next = 0;
        // Goes on to each place in turn, then back to any and on again, as a client that resumes is told.
        for (const place of [...places, LOG.length]) {
          state = told(state, ...LOG.slice(Math.min(place, next), Math.max(place, next)));
          next = Math.max(place, next);
        }
        expect(state).toEqual(whole);
      }),
    );
  });

  test("may have gaps: they are for others", () => {
    expect(told(AT_FIRST, LOG[0]!, LOG[4]!).lastSeq).toBe(5);
  });

  test("keeps what was understood last of each finding, in the order of first mention", () => {
    const state = told(AT_FIRST, ...LOG, understood(12, "cough", "absent"));
    expect(state.understood.map(({ finding, state }) => `${finding} ${state}`)).toEqual([
      "cough absent",
      "fever absent",
    ]);
  });

  test("a question stays open until the next or the end; a reply that puts it again renews its suggestions", () => {
    expect(told(AT_FIRST, ...LOG.slice(0, 6)).question).toMatchObject({
      finding: "fever",
      purpose: "to tell how urgent it is",
    });
    const again = told(AT_FIRST, ...LOG.slice(0, 7));
    expect(again.question).toMatchObject({ text: "Do you have a fever?", suggestions: [{ label: "Not sure" }] });
    expect(told(AT_FIRST, ...LOG).question).toBeUndefined();
  });
});

describe("what the person says", () => {
  const open = told(AT_FIRST, ...LOG.slice(0, 2));

  test("stands at the end until the server tells its place", () => {
    const both = withSaid(withSaid(open, "a", "I cough"), "b", "no");
    const state = told(both, LOG[2]!, LOG[3]!, LOG[4]!, { type: "accepted", seq: 5, id: "a", said: 3 });
    expect(state.entries.map(({ key }) => key)).toEqual(["event-1", "a", "event-5", "b"]);
    expect(state.entries[1]).toMatchObject({ status: "accepted", seq: 3 });
    expect(state.entries[3]).toMatchObject({ status: "sending" });
    expect(state.awaiting).toBe(true);
  });

  test("and another tab said too stands there twice", () => {
    const said = (seq: number): LogMessage => ({ type: "said", seq, text: "no" });
    const state = told(withSaid(open, "a", "no"), said(3), question(4, "fever"), said(5), {
      type: "accepted",
      seq: 5,
      id: "a",
      said: 5,
    });
    expect(kinds(state)).toEqual(["agent", "person", "agent", "person"]);
    expect(state.awaiting).toBe(false);
  });

  test("and the server kept in other words stands once, in the server's", () => {
    const state = told(withSaid(open, "a", " I cough "), LOG[2]!, LOG[4]!, {
      type: "accepted",
      seq: 5,
      id: "a",
      said: 3,
    });
    expect(state.entries.map((entry) => "text" in entry && entry.text)).toEqual([
      "What troubles you?",
      "I cough",
      "Do you have a fever?",
    ]);
  });

  test("and the server did not keep stands before the answer to it", () => {
    const reply: LogMessage = { type: "reply", seq: 3, text: "I did not get any words.", suggestions: [] };
    const state = told(withSaid(open, "a", "…"), reply, { type: "accepted", seq: 3, id: "a" });
    expect(kinds(state)).toEqual(["agent", "person", "agent"]);
  });

  test("and failed is followed by the reason, until it is said again", () => {
    const refusal = {
      type: "error",
      seq: 2,
      code: "full",
      message: "full",
      retryable: false,
      advice: "Open a new one.",
      id: "a",
    } as const;
    const failed = told(withSaid(open, "a", "hm"), refusal);
    expect(failed.entries.slice(1)).toMatchObject([{ status: "failed" }, { kind: "error", about: "a", code: "full" }]);
    expect(failed.awaiting).toBe(false);
    expect(kinds(withSaid(failed, "a", "hm"))).toEqual(["agent", "person"]);
  });

  test("and has its place cannot fail any more", () => {
    const state = withFailed(told(withSaid(open, "a", "I cough"), LOG[2]!), "a");
    expect(state.entries.at(-1)).toMatchObject({ status: "accepted" });
  });
});

describe("live messages", () => {
  const delta = (text: string): ServerMessage => ({ type: "text-delta", seq: 4, delta: text });

  test("stream the agent's words, which give way to the whole, or are dropped with the connection", () => {
    const streaming = told(AT_FIRST, ...LOG.slice(0, 4), delta("Do you "), delta("have"));
    expect(streaming.streaming).toBe("Do you have");
    expect(advance(streaming, LOG[4]!).streaming).toBeUndefined();
    expect(withoutStreaming(streaming)).not.toHaveProperty("streaming");
  });

  test("patch the differential, without touching the old one", () => {
    const condition = (probability: number) => ({ name: "Flu", probability, for: [], against: [] });
    const first = told(AT_FIRST, {
      type: "differential",
      seq: 1,
      differential: { conditions: { flu: condition(0.5) }, other: 0.5 },
    });
    const second = advance(first, {
      type: "differential-delta",
      seq: 2,
      patch: [
        { op: "replace", path: "/conditions/flu/probability", value: 0.7 },
        { op: "add", path: "/conditions/cold", value: condition(0.1) },
        { op: "replace", path: "/other", value: 0.2 },
      ],
    });
    expect(second.differential).toEqual({ conditions: { flu: condition(0.7), cold: condition(0.1) }, other: 0.2 });
    expect(first.differential!.conditions.flu!.probability).toBe(0.5);
  });
});
