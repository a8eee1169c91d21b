/** Corrections that were made on the page and not sent yet. Pure. */
import type { Figure, ShownBatch } from "../../server/review-view.ts";
import type { CorrectedReward, Verdict } from "./calls.ts";

export interface Edit {
  /** As it was typed. */
  readonly text: string;
  readonly note: string;
}

export interface Draft {
  /** By {@link keyOf}. */
  readonly edits: ReadonlyMap<string, Edit>;
  readonly left: ReadonlySet<string>;
}

export const NO_DRAFT: Draft = { edits: new Map(), left: new Set() };

export const keyOf = (group: string, trajectory: number): string => `${trajectory} ${group}`;

/** A reward as it stands in its field. */
export const fieldText = (reward: Figure): string => (reward === null ? "" : String(Number(reward.toFixed(6))));

/** Undefined where the text is no finite number. */
export function rewardOf(text: string): number | undefined {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  const reward = plain === "" ? Number.NaN : Number(plain);
  return Number.isFinite(reward) ? reward : undefined;
}

/** With another reward; one that is as it was held is no correction. */
export function edited(draft: Draft, key: string, was: Figure, edit: Edit): Draft {
  const edits = new Map(draft.edits);
  if (edit.text === fieldText(was)) edits.delete(key);
  else edits.set(key, edit);
  return { ...draft, edits };
}

/** With the group left out, or taken in again. */
export function toggled(draft: Draft, group: string): Draft {
  const left = new Set(draft.left);
  if (!left.delete(group)) left.add(group);
  return { ...draft, left };
}

export const isEmpty = ({ edits, left }: Draft): boolean => edits.size === 0 && left.size === 0;

/** The verdict that the draft makes; a sentence where it makes none. */
export function verdictOf(draft: Draft, { groups }: ShownBatch): Verdict | string {
  if (draft.left.size === groups.length) return "No group would be left: reject the batch instead.";
  const rewards: CorrectedReward[] = [];
  for (const { id, trajectories } of groups) {
    if (draft.left.has(id)) continue;
    for (const [trajectory, { reward: was }] of trajectories.entries()) {
      const edit = draft.edits.get(keyOf(id, trajectory));
      const reward = edit ? rewardOf(edit.text) : (was ?? undefined);
      if (reward === undefined) return `Trajectory ${trajectory} of ${id} needs a reward that is a number.`;
      const note = edit?.note.trim() ?? "";
      if (edit) rewards.push({ group: id, trajectory, reward, ...(note !== "" && { note }) });
    }
  }
  if (isEmpty(draft)) return { type: "confirm" };
  return { type: "correct", rewards, rejectGroups: [...draft.left] };
}

/** "2 rewards changed, 1 group left out". */
export function draftText({ edits, left }: Draft): string {
  const count = (n: number, noun: string, done: string): string[] =>
    n === 0 ? [] : [`${n} ${noun}${n === 1 ? "" : "s"} ${done}`];
  return [...count(edits.size, "reward", "changed"), ...count(left.size, "group", "left out")].join(", ");
}
