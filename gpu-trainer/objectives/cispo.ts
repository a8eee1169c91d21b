/**
 * CISPO: MiniMax-M1 (arXiv 2506.13585) eq. 4 and 5. The importance weight is clipped, not the token's update, so that no
 * token loses its gradient:
 *   J = E[ 1/Σ|o_i| Σ_i Σ_t sg(r̂_t) Â_i log π(o_t) ],  r̂_t = clip(r_t, 1 − ε_low, 1 + ε_high)
 * sg is the stop-gradient: the loss moves with log π alone. The mean is over the tokens of the whole batch.
 */
import { z } from "zod";
import { tokenShares } from "./aggregation.ts";
import { ClipHigh, ClipLow } from "./clipping.ts";
import { checkGroups, hasContrast, standardised } from "./groups.ts";
import { ratio } from "./log-ratios.ts";
import { ratioOrZero } from "./statistics.ts";
import { outcome, stepOf } from "./step.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const CispoOptions = z.strictObject({
  /** ε_low, in (0, 1]. Default 1: no lower bound, as in the paper. */
  clipLow: ClipLow.default(1),
  /** ε_high, above 0. Default 3, so that r̂ is at most 4, as the wire's loss of this name; the paper tunes it. */
  clipHigh: ClipHigh.default(3),
  /** Whether groups of equal rewards count in the mean. Default false: the paper samples dynamically. */
  keepEqual: z.boolean().default(false),
});

export const cispo: ObjectiveDefinition<typeof CispoOptions> = {
  options: CispoOptions,
  make: ({ clipLow, clipHigh, keepEqual }) => ({
    name: "cispo",
    needs: { reference: false, greedy: false, contrast: !keepEqual },
    advantages: (groups) => {
      checkGroups(groups);
      return groups.map((group) => standardised(group, keepEqual || hasContrast(group)));
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs);
      const shareOf = tokenShares("token", step.members);
      let [loss, tokens, ratios, clipped] = [0, 0, 0, 0];
      for (const member of step.members) {
        const { advantage, current, old, weights } = member;
        for (let t = 0; t < weights.length; t++) {
          const r = ratio(member, current[t]! - old[t]!);
          const bounded = Math.min(Math.max(r, 1 - clipLow), 1 + clipHigh);
          weights[t] = shareOf(member) * bounded * advantage;
          loss -= weights[t]! * current[t]!;
          ratios += r;
          clipped += Number(bounded !== r);
        }
        tokens += weights.length;
      }
      const metrics = { ratio_mean: ratioOrZero(ratios, tokens), clip_fraction: ratioOrZero(clipped, tokens) };
      return outcome(step, loss, metrics);
    },
  }),
};
