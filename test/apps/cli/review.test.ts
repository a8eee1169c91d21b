/** Approval at the terminal: what is shown, what can be typed, and who decides. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type Command, commandOf, type Draft, NOTHING_DRAFTED } from "../../../apps/cli/review-commands.ts";
import { reviewApprover } from "../../../apps/cli/review-terminal.ts";
import { allGroupsText, batchText, draftText, elsewhereText, transcriptText } from "../../../apps/cli/review-view.ts";
import type { Terminal } from "../../../apps/cli/terminal.ts";
import { type Decision, openMailbox, referenceTo } from "../../../gpu-trainer/index.ts";
import { steppingClock } from "../../../src/index.ts";
import { batch, group, held, trajectory } from "../../gpu-trainer/approval/batches.ts";

const STYLE = { paint: (_: string, text: string) => text, width: 80 };
const NAMES = { flu: "Influenza", cold: "Common cold" } as Record<string, string>;
const HELD = held(batch(), { nameOf: (id) => NAMES[id] ?? id });

describe("a held batch on a terminal", () => {
  test("shows what it is, its rewards in bars, and its groups with baseline and advantages", () => {
    expect(batchText(HELD, STYLE)).toMatchInlineSnapshot(`
      "
      ── step 12 is held ─────────────────────────────────────────────────────────────
      oapl · 2 groups, 6 trajectories · 2 kept · version 7, lag 3

      Rewards  mean 0.48, 2 of 6 right, 3.0 questions
        0.00 to 0.06  ████████████ 1
        0.19 to 0.25  ████████████ 1
        0.38 to 0.44  ████████████████████████ 2
        0.88 to 0.94  ████████████ 1
        0.94 to 1.00  ████████████ 1

      1) g-1  Influenza · infections · V̂* 0.499
          #    reward advantage  ended
          0      1.00    +0.501  right · 3 questions · Influenza
          1      0.00    −0.499  wrong · 3 questions · Common cold
          2      0.20    −0.299  wrong · 3 questions · Common cold

      2) g-2  Influenza · infections · V̂* 0.596
          #    reward advantage  ended
          0      0.40    −0.196  wrong · 3 questions · Common cold
          1      0.40    −0.196  wrong · 3 questions · Common cold
          2      0.90    +0.304  right · 3 questions · Influenza
      "
    `);
  });

  test("says why it is held, and that it was corrected", () => {
    const reasons = [{ rule: "repeats", message: "all the same", groups: ["g-1", "g-2", "g-3", "g-4", "g-5"] }];
    const text = batchText(held(batch(), { reasons, round: 2 }), STYLE);
    expect(text).toContain("odd  all the same (g-1, g-2, g-3 and 2 more)");
    expect(text).toContain("step 12 is held, corrected 2 times");
  });

  test("shows the groups with the largest advantages first, and those that take no part last", () => {
    const groups = [group("same", [1, 1]), group("small", [0.4, 0.5]), group("large", [0, 1])];
    const order = allGroupsText(held(groups), STYLE).match(/\d\) \w+/g);
    expect(order).toEqual(["3) large", "2) small", "1) same"]);
  });

  test("shows what is no number, before everything else", () => {
    const text = batchText(held([group("g-1", [0, 1]), group("g-2", [Number.NaN, 1])]), STYLE);
    expect(text.indexOf("2) g-2")).toBeLessThan(text.indexOf("1) g-1"));
    expect(text).toContain("no number");
  });

  test("keeps to the width, and lets no policy command the terminal", () => {
    const evil = trajectory(1, { ranked: [`\u001b[2J${"long ".repeat(40)}`] });
    const shown = held([group("g\u0007", [], { trajectories: [evil, trajectory(0)] })]);
    const task = { name: "letters", transcribe: () => "\u001b]0;owned\u0007words\n\tmore" };
    const told = held([group("g", [0, 1])], { tasks: [task] });
    const texts = [batchText(shown, STYLE), transcriptText(told.groups[0]!, 0, STYLE), allGroupsText(shown, STYLE)];
    for (const text of texts) {
      expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    }
    expect(texts[1]).toContain("words\n\tmore");
  });

  test("says where to decide for those who are elsewhere", () => {
    expect(elsewhereText(HELD, "runs/a")).toBe(
      "step 12 is held for a decision: run `anamnesis serve --review runs/a` and open /review\n",
    );
  });
});

describe("what is typed", () => {
  const typed = (lines: readonly string[]): Command => {
    let draft: Draft = NOTHING_DRAFTED;
    let command: Command = { type: "nothing" };
    for (const line of lines) {
      command = commandOf(line, HELD, draft);
      if (command.type === "draft") ({ draft } = command);
    }
    return command;
  };

  test.each<[string[], object]>([
    [["c"], { type: "decide", verdict: { type: "confirm" } }],
    [["r  they are all the same "], { type: "decide", verdict: { type: "reject", reason: "they are all the same" } }],
    [
      ["e g-1 1 0.8 asked well", "x 2", "c"],
      {
        type: "decide",
        verdict: {
          type: "correct",
          rewards: [{ group: "g-1", trajectory: 1, reward: 0.8, note: "asked well" }],
          rejectGroups: ["g-2"],
        },
      },
    ],
    [["e 1 1 −0.8", "e 1 1 0", "c"], { verdict: { type: "confirm" } }],
    [["x g-2", "x g-2", "c"], { verdict: { type: "confirm" } }],
    [["e 1 1 0.8", "x 2", "u", "c"], { verdict: { type: "confirm" } }],
    [["t 2 0"], { type: "transcript", group: { id: "g-2" }, trajectory: 0 }],
    [["g g-2"], { type: "group", group: { id: "g-2" } }],
    [["l"], { type: "groups" }],
    [["b"], { type: "batch" }],
    [["?"], { type: "help" }],
    [[" "], { type: "nothing" }],
  ])("%j is understood", (lines, command) => {
    expect(typed(lines)).toMatchObject(command);
  });

  test.each<[string[], RegExp]>([
    [["confirm it"], /stands alone/],
    [["r"], /say why/],
    [["e"], /name a group/],
    [["e g-9 0 1"], /no group g-9/],
    [["e 1 3 1"], /from 0 to 2/],
    [["e 1 -1 1"], /from 0 to 2/],
    [["e 1 1"], /finite number/],
    [["e 1 1 Infinity"], /finite number/],
    [["x 1", "x 2"], /no group would be left/],
    [["t 3 0"], /no group 3/],
    [["y"], /there is no "y"/],
  ])("%j is refused with advice", (lines, message) => {
    expect(typed(lines)).toMatchObject({ type: "fault", message: expect.stringMatching(message) });
  });

  test("is told back before it is sent", () => {
    const command = typed(["e g-1 1 0.8", "x g-2"]);
    expect(draftText((command as Extract<Command, { type: "draft" }>).draft)).toBe(
      "To be corrected: rewards g-1 1: 0.80; without g-2.",
    );
  });
});

/** A person who types these lines, then says nothing more (or ends the input). */
function typing(lines: readonly string[], { ends = false } = {}) {
  const interruption = new AbortController();
  const left = [...lines];
  let text = "";
  let isClosed = false;
  const terminal: Terminal = {
    isTty: true,
    interrupted: interruption.signal,
    write(piece) {
      text += piece;
    },
    async ask(prompt, until) {
      text += prompt;
      const line = left.shift();
      if (line !== undefined || ends) return line;
      await new Promise<void>((resolve) => {
        if (until?.aborted || interruption.signal.aborted) resolve();
        until?.addEventListener("abort", () => resolve());
        interruption.signal.addEventListener("abort", () => resolve());
      });
      return undefined;
    },
    close() {
      isClosed = true;
    },
  };
  return { terminal, interrupt: () => interruption.abort(), text: () => text, isClosed: () => isClosed };
}

describe("the terminal", () => {
  let run: string;
  beforeEach(async () => {
    run = await mkdtemp(join(tmpdir(), "run-"));
  });
  const options = { clock: steppingClock(), pollMs: 20, isTty: true };
  const isHeld = async (): Promise<void> => {
    while (!(await openMailbox(run).pending())) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test("shows the batch, heeds commands, and lays the decision into the run's folder", async () => {
    const person = typing(["?", "t 1 0", "l", "nonsense", "e 1 1 0.8", "c"]);
    const decision = await reviewApprover(run, { ...options, terminal: () => person.terminal }).review(HELD);
    expect(decision).toMatchObject({ type: "correct", by: "terminal", rewards: [{ group: "g-1", reward: 0.8 }] });
    for (const shown of ["step 12 is held", "confirm: the step is taken", "abm", 'no "nonsense"', "To be corrected"])
      expect(person.text()).toContain(shown);
    expect(await openMailbox(run).hold(HELD)).toEqual(decision);
    expect(person.isClosed()).toBe(true);
  });

  test("goes on where the decision is made on the page", async () => {
    const person = typing([]);
    const reviewed = reviewApprover(run, { ...options, terminal: () => person.terminal }).review(HELD);
    await isHeld();
    await openMailbox(run).decide(referenceTo(HELD), { type: "confirm" }, "ward-3");
    expect(await reviewed).toMatchObject({ type: "confirm", by: "ward-3" });
    expect(person.text()).toContain("Decided by ward-3: confirm.");
  });

  test("is not opened for what was decided before", async () => {
    await openMailbox(run).hold(HELD);
    await openMailbox(run).decide(referenceTo(HELD), { type: "confirm" }, "ward-3");
    const terminal = () => expect.unreachable() as never;
    expect(await reviewApprover(run, { ...options, terminal }).review(HELD)).toMatchObject({ by: "ward-3" });
  });

  test("leaves the batch held at Ctrl-C, and passes it on", async () => {
    const person = typing([]);
    let interrupted = 0;
    const interrupt = () => void interrupted++;
    const approver = reviewApprover(run, { ...options, terminal: () => person.terminal, interrupt });
    const reviewed = approver.review(HELD);
    await isHeld();
    person.interrupt();
    await expect(reviewed).rejects.toThrow();
    expect(interrupted).toBe(1);
    expect(await openMailbox(run).pending()).toBeDefined();
  });

  test("is left when the run is stopped", async () => {
    const person = typing([]);
    const stop = new AbortController();
    const reviewed = reviewApprover(run, { ...options, terminal: () => person.terminal }).review(HELD, stop.signal);
    await isHeld();
    stop.abort(new Error("stopped"));
    await expect(reviewed).rejects.toThrow("stopped");
    expect(person.isClosed()).toBe(true);
  });

  test.each([
    ["at its end of input", { isTty: true }],
    ["where there is none", { isTty: false }],
  ])("%s says where to decide, and waits", async (_, { isTty }) => {
    const person = typing([], { ends: true });
    let text = "";
    const write = (piece: string): void => {
      text += piece;
    };
    const approver = reviewApprover(run, { ...options, isTty, terminal: () => person.terminal, write });
    const reviewed: Promise<Decision> = approver.review(HELD);
    await isHeld();
    await openMailbox(run).decide(referenceTo(HELD), { type: "reject", reason: "odd" }, "ward-3");
    expect(await reviewed).toMatchObject({ type: "reject" });
    expect(text + person.text()).toContain(`anamnesis serve --review ${run}`);
  });
});
