/**
 * GSPO: Zheng et al., Group Sequence Policy Optimization (arXiv 2507.18071) eq. 5 to 7:
 *   J = E[ 1/G Σ_i min(s_i Â_i, clip(s_i, 1 − ε_low, 1 + ε_high) Â_i) ]
 *   s_i = (π(y_i) / π_old(y_i))^(1/|y_i|) = exp( 1/|y_i| Σ_t ln π(y_t) − ln π_old(y_t) )
 * One ratio a trajectory, so one clip a trajectory; each token's weight is s_i Â_i / |y_i|, the derivative through the
 * mean. The ratio speaks of a whole trajectory: a dialogue cut into one sample a turn has other ratios.
 */
import { z } from "zod";
import { ClipHigh, ClipLow, clippedSurrogate, isClipped } from "./clipping.ts";
import { centred, checkGroups, hasContrast, standardised } from "./groups.ts";
import { ratio } from "./log-ratios.ts";
import { ratioOrZero } from "./statistics.ts";
import { outcome, stepOf } from "./step.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const GspoOptions = z.strictObject({
  /** Divide by the group's std. Default true. */
  std: z.boolean().default(true),
  /** ε_low, in (0, 1]. Default 3e-4, as in the paper: s is a mean over tokens and moves little. */
  clipLow: ClipLow.default(3e-4),
  /** ε_high, above 0. Default 4e-4. */
  clipHigh: ClipHigh.default(4e-4),
  /** Whether groups of equal rewards count in the mean. Default true. */
  keepEqual: z.boolean().default(true),
});

export const gspo: ObjectiveDefinition<typeof GspoOptions> = {
  options: GspoOptions,
  make: (options) => ({
    name: "gspo",
    needs: { reference: false, greedy: false },
    advantages: (groups) => {
      checkGroups(groups);
      const advantagesOf = options.std ? standardised : centred;
      return groups.map((group) => advantagesOf(group, options.keepEqual || hasContrast(group)));
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs);
      const N = step.members.length;
      let [loss, ratios, clipped] = [0, 0, 0];
      for (const member of step.members) {
        const { advantage, current, old, weights } = member;
        let logRatio = 0;
        for (let t = 0; t < weights.length; t++) logRatio += current[t]! - old[t]!;
        const s = ratio(member, logRatio / weights.length);
        const held = isClipped(s, advantage, options);
        loss -= clippedSurrogate(s, advantage, options) / N;
        if (!held) weights.fill((s * advantage) / (N * weights.length));
        ratios += s;
        clipped += Number(held);
      }
      return outcome(step, loss, { ratio_mean: ratioOrZero(ratios, N), clip_fraction: ratioOrZero(clipped, N) });
    },
  }),
};
