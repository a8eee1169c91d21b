/** A chat as text: each thing once, words as they come, lines that break between words. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chatView } from "../../../apps/cli/chat-view.ts";
import { wordWrap } from "../../../apps/cli/word-wrap.ts";
import { AT_FIRST, advance } from "../../../apps/client/advance.ts";
import type { ServerMessage } from "../../../apps/server/protocol.ts";

/** What a view shows of these messages, one state after the other. */
function shown(messages: readonly ServerMessage[], { streams = true } = {}): string {
  let text = "";
  const write = (piece: string): void => {
    text += piece;
  };
  const view = chatView({ write, paint: (_, plain) => plain, width: 60, streams, echoes: false });
  let state = AT_FIRST;
  for (const message of messages) {
    state = advance(state, message);
    view.update(state);
  }
  view.offer(state);
  return text;
}

const delta = (text: string): ServerMessage => ({ type: "text-delta", seq: 1, delta: text });
const question: ServerMessage = {
  type: "question",
  seq: 5,
  turn: 1,
  kind: "ask",
  text: "Do you have a fever?",
  finding: "fever",
  suggestions: [
    { label: "Yes", observed: { finding: "fever", state: "present" } },
    { label: "Not sure", observed: { finding: "fever", state: "unknown" } },
  ],
};
const ASKED = "\nDo you have a fever?\n  1) Yes   2) Not sure\n";

describe("the agent's words", () => {
  test("that came in pieces stand once", () => {
    expect(shown([delta("Do you "), delta("have a"), delta(" fever? "), question])).toBe(ASKED);
    expect(shown([delta("Do you "), question])).toBe(ASKED);
    expect(shown([delta("Do you "), question], { streams: false })).toBe(ASKED);
  });

  test("of which other pieces were shown stand whole below them", () => {
    expect(shown([delta("a fever?"), question])).toBe(`\na fever?\n${ASKED}`);
  });

  test("of two messages of one turn, streamed together, stand each once", () => {
    const reply: ServerMessage = { type: "reply", seq: 4, text: "To be sure.", suggestions: [] };
    expect(shown([delta("To be sure. "), reply, delta("Do you"), question])).toBe(`\nTo be sure.\n${ASKED}`);
  });

  test("cannot command the terminal", () => {
    const evil = "\u001b]0;owned\u0007Do you\u009b2J have a fever?";
    expect(shown([{ ...question, text: evil }])).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

test("what was understood stands in one line before the next question, and once", () => {
  const understood = (seq: number, name: string): ServerMessage => ({
    type: "understood",
    seq,
    finding: name,
    name,
    state: "present",
    corrected: false,
  });
  const both = [understood(2, "cough"), understood(3, "sore throat"), question];
  expect(shown([...both, understood(6, "cough")])).toBe(`  understood: cough: yes · sore throat: yes\n${ASKED}`);
});

describe("lines", () => {
  test("break between words only, keep every word, and are no wider than they may be, however the text comes", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.array(fc.nat(300), { maxLength: 5 }), (said, cuts) => {
        const text = said.join(" ");
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        let out = "";
        const wrap = wordWrap({ write: (piece) => (out += piece) }, { width: 20, indent: "| " });
        for (const [index, place] of places.slice(1).entries()) wrap.write(text.slice(places[index], place));
        wrap.end();
        const lines = out.trimEnd().split("\n");
        expect(lines.map((line) => line.replace(/^\| /, "")).join(" ")).toBe(text);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});
