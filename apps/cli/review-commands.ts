/** What a reviewer types about a held batch. Pure: a line, the batch and what is drafted so far in; what follows out. */
import { type CorrectedReward, type HeldBatch, type HeldGroup, Verdict } from "../../gpu-trainer/index.ts";

/** Corrections that were typed and not sent yet. */
export interface Draft {
  /** By group and trajectory. */
  readonly rewards: ReadonlyMap<string, CorrectedReward>;
  readonly rejectGroups: ReadonlySet<string>;
}

export const NOTHING_DRAFTED: Draft = { rewards: new Map(), rejectGroups: new Set() };

export type Command =
  /** The decision is made. */
  | { readonly type: "decide"; readonly verdict: Verdict }
  | { readonly type: "draft"; readonly draft: Draft }
  | { readonly type: "transcript"; readonly group: HeldGroup; readonly trajectory: number }
  | { readonly type: "group"; readonly group: HeldGroup }
  | { readonly type: "batch" | "groups" | "help" | "nothing" }
  /** It cannot be done, and why. */
  | { readonly type: "fault"; readonly message: string };

export const REVIEW_HELP = `  c                    confirm: the step is taken; after corrections: send them, and see the new advantages
  e GROUP # REWARD     give trajectory # of a group this reward; words that follow are kept as a note
  x GROUP              leave a group out; again: take it in
  u                    undo the corrections
  r REASON             reject the whole batch
  t GROUP #            show a transcript
  g GROUP              show a group, l all of them, b the batch
  ?                    this help
A GROUP is its number or its id; trajectories are counted from 0.
`;

const fault = (message: string): Command => ({ type: "fault", message });

export function commandOf(line: string, held: HeldBatch, draft: Draft): Command {
  const [name = "", ...words] = line.trim().split(/\s+/);
  const rest = line.trim().slice(name.length).trim();
  switch (name.toLowerCase()) {
    case "":
      return { type: "nothing" };
    case "c":
    case "confirm":
      return rest === "" ? { type: "decide", verdict: drafted(draft) } : fault("c stands alone: it confirms the batch");
    case "e":
      return edited(words, held, draft);
    case "x":
      return left(rest, held, draft);
    case "u":
      return { type: "draft", draft: NOTHING_DRAFTED };
    case "r": {
      const verdict = Verdict.safeParse({ type: "reject", reason: rest });
      if (verdict.success) return { type: "decide", verdict: verdict.data };
      return fault("say why, in at most 1,000 characters: r REASON");
    }
    case "t": {
      const group = groupOf(words[0], held);
      if (typeof group === "string") return fault(group);
      const trajectory = trajectoryOf(words[1], group);
      return typeof trajectory === "string" ? fault(trajectory) : { type: "transcript", group, trajectory };
    }
    case "g": {
      const group = groupOf(rest, held);
      return typeof group === "string" ? fault(group) : { type: "group", group };
    }
    case "l":
      return { type: "groups" };
    case "b":
      return { type: "batch" };
    case "?":
    case "h":
    case "help":
      return { type: "help" };
    default:
      return fault(`there is no "${name}"; ? lists what there is`);
  }
}

function drafted({ rewards, rejectGroups }: Draft): Verdict {
  if (rewards.size + rejectGroups.size === 0) return { type: "confirm" };
  return { type: "correct", rewards: [...rewards.values()], rejectGroups: [...rejectGroups] };
}

function edited([groupWord, trajectoryWord, rewardWord, ...note]: string[], held: HeldBatch, draft: Draft): Command {
  const group = groupOf(groupWord, held);
  if (typeof group === "string") return fault(group);
  const trajectory = trajectoryOf(trajectoryWord, group);
  if (typeof trajectory === "string") return fault(trajectory);
  const reward = Number(rewardWord?.replace("−", "-") ?? Number.NaN);
  if (!Number.isFinite(reward)) return fault("a reward is a finite number, for example: e 3 0 -0.5");
  const rewards = new Map(draft.rewards);
  const key = `${trajectory} ${group.id}`;
  const words = note.join(" ").slice(0, 1_000);
  if (reward === group.trajectories[trajectory]!.reward) rewards.delete(key);
  else rewards.set(key, { group: group.id, trajectory, reward, ...(words !== "" && { note: words }) });
  return { type: "draft", draft: { ...draft, rewards } };
}

function left(word: string, held: HeldBatch, draft: Draft): Command {
  const group = groupOf(word, held);
  if (typeof group === "string") return fault(group);
  const rejectGroups = new Set(draft.rejectGroups);
  if (!rejectGroups.delete(group.id)) rejectGroups.add(group.id);
  if (rejectGroups.size === held.groups.length) return fault("no group would be left; reject the batch: r REASON");
  return { type: "draft", draft: { ...draft, rejectGroups } };
}

/** The group, or what is wrong. */
function groupOf(word: string | undefined, { groups }: HeldBatch): HeldGroup | string {
  if (!word) return "name a group, by its number or its id";
  const byNumber = /^\d{1,9}$/.test(word) ? groups[Number(word) - 1] : undefined;
  return groups.find(({ id }) => id === word) ?? byNumber ?? `there is no group ${word}; l lists them all`;
}

function trajectoryOf(word: string | undefined, { trajectories }: HeldGroup): number | string {
  const index = /^\d{1,9}$/.test(word ?? "") ? Number(word) : Number.NaN;
  return index < trajectories.length ? index : `name a trajectory of the group, from 0 to ${trajectories.length - 1}`;
}
