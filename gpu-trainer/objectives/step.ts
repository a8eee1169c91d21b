/**
 * A step: the trajectories of kept groups with their log-probs looked up and checked, each with a buffer for its weights;
 * and what is made of the step once an objective has filled them. Groups that were not kept are not looked at.
 */
import { ObjectiveError, trajectoryName } from "./errors.ts";
import { checkGroups } from "./groups.ts";
import { K3 } from "./log-ratios.ts";
import { mean, ratioOrZero, standardDeviation } from "./statistics.ts";
import type { GroupAdvantages, LogProbs, PolicyLogProbs, ScoredGroup, TokenWeights } from "./types.ts";

/** A trajectory that takes part in the step. */
export interface Member {
  /** Of its group. */
  readonly id: string;
  /** Place of its group in the batch, and of itself in its group. */
  readonly group: number;
  readonly index: number;
  readonly advantage: number;
  readonly sampled: ArrayLike<number>;
  readonly current: ArrayLike<number>;
  /** π_old: the sampler's where none was given. */
  readonly old: ArrayLike<number>;
  readonly reference: ArrayLike<number> | undefined;
  /** To be filled: −∂loss/∂current. Zeros at first. */
  readonly weights: Float64Array;
}

export interface Step {
  readonly groups: readonly ScoredGroup[];
  readonly keptGroups: number;
  readonly members: readonly Member[];
}

type Optional = "old" | "reference";

/** `required`: log-probs that the caller's objective cannot do without. */
export function stepOf(
  groups: readonly ScoredGroup[],
  advantages: readonly GroupAdvantages[],
  logprobs: PolicyLogProbs,
  required: readonly Optional[] = [],
): Step {
  checkGroups(groups);
  for (const name of required) {
    if (logprobs[name]) continue;
    const advice = name === "old" ? "pass those of the batch's first step" : "run forward under the reference policy";
    throw new ObjectiveError("missing-log-probs", `the objective's options need \`${name}\` log-probs: ${advice}`);
  }
  if (advantages.length !== groups.length) {
    const lengths = `${advantages.length} groups of advantages for ${groups.length} groups`;
    throw new ObjectiveError("bad-advantages", `${lengths}: pass what \`advantages\` gave for this batch`);
  }
  const members = groups.flatMap((group, g) => membersOf(group, g, advantages[g]!, logprobs));
  return { groups, members, keptGroups: advantages.filter(({ kept }) => kept).length };
}

function membersOf(group: ScoredGroup, g: number, scored: GroupAdvantages, logprobs: PolicyLogProbs): Member[] {
  const { id, trajectories } = group;
  if (scored.advantages.length !== trajectories.length) {
    const lengths = `${scored.advantages.length} advantages for ${trajectories.length} trajectories`;
    throw new ObjectiveError("bad-advantages", `group "${id}": ${lengths}: pass what \`advantages\` gave for it`);
  }
  if (!scored.kept) return [];
  return trajectories.map(({ sampled }, i) => {
    const name = trajectoryName(id, i);
    const advantage = scored.advantages[i]!;
    if (!Number.isFinite(advantage)) {
      throw new ObjectiveError(
        "not-finite",
        `${name}: its advantage is ${advantage}: give a finite one, or drop the group`,
      );
    }
    const look = (kind: string, all: LogProbs): ArrayLike<number> => checked(name, kind, all[g]?.[i], sampled.length);
    const current = look("current", logprobs.current);
    const old = logprobs.old && look("old", logprobs.old);
    const reference = logprobs.reference && look("reference", logprobs.reference);
    checked(name, "sampled", sampled, sampled.length);
    const weights = new Float64Array(sampled.length);
    return { id, group: g, index: i, advantage, sampled, current, old: old ?? sampled, reference, weights };
  });
}

function checked(name: string, kind: string, values: ArrayLike<number> | undefined, tokens: number): ArrayLike<number> {
  if (values?.length !== tokens) {
    const has = `${values?.length ?? "no"} ${kind} log-probs for ${tokens} sampled tokens`;
    throw new ObjectiveError("bad-batch", `${name}: ${has}: pass one a sampled token, in the batch's order`);
  }
  for (let t = 0; t < tokens; t++) {
    if (Number.isFinite(values[t])) continue;
    const at = `token ${t} has a ${kind} log-prob of ${values[t]}`;
    throw new ObjectiveError("not-finite", `${name}: ${at}: the worker is at fault; take no step on this batch`);
  }
  return values;
}

/** ℓ = Σ_t log π(token) − log π_sampled(token): of the whole trajectory, whatever its length. */
export function logRatioOf({ current, sampled }: Member): number {
  let total = 0;
  for (let t = 0; t < sampled.length; t++) total += current[t]! - sampled[t]!;
  return total;
}

/**
 * The step's outcome. Every objective reports: `kept_groups`, `advantage_mean` and `advantage_std` over kept
 * trajectories, `log_ratio_mean` (mean ℓ of a trajectory) and `kl_sampled`: KL(sampled ‖ current) a token, as the mean of
 * exp(d) − d − 1 with d = current − sampled.
 */
export function outcome(step: Step, loss: number, metrics: Readonly<Record<string, number>>): TokenWeights {
  const { groups, members, keptGroups } = step;
  const weights = groups.map(({ trajectories }) => trajectories.map(({ sampled }) => new Float64Array(sampled.length)));
  let kl = 0;
  let tokens = 0;
  for (const member of members) {
    const { id, group, index, current, sampled } = member;
    const into = weights[group]![index]!;
    for (let t = 0; t < into.length; t++) {
      into[t] = member.weights[t]! + 0; // −0 becomes 0
      if (!Number.isFinite(into[t])) {
        throw new ObjectiveError("not-finite", `${trajectoryName(id, index)}: the weight of token ${t} is ${into[t]}`);
      }
      kl += K3.value(member, sampled[t]! - current[t]!);
    }
    tokens += into.length;
  }
  const advantages = members.map(({ advantage }) => advantage);
  const all = {
    kept_groups: keptGroups,
    advantage_mean: mean(advantages),
    advantage_std: standardDeviation(advantages),
    log_ratio_mean: mean(members.map(logRatioOf)),
    kl_sampled: ratioOrZero(kl, tokens),
    ...metrics,
  };
  if (!Number.isFinite(loss)) throw new ObjectiveError("not-finite", `the loss of the batch is ${loss}: take no step`);
  return { weights, loss: loss + 0, metrics: Object.fromEntries(Object.entries(all).map(([k, v]) => [k, v + 0])) };
}
