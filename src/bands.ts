/** Words for probabilities and for how common a condition is, used where figures are authored rather than counted. */

/** P(finding | condition) by band. The gaps are about equal on the logit scale, where evidence adds up. */
export const PROBABILITY_BANDS = {
  always: 0.98,
  "nearly-always": 0.92,
  usually: 0.8,
  often: 0.6,
  sometimes: 0.35,
  occasionally: 0.15,
  rarely: 0.05,
  "very-rarely": 0.015,
  "almost-never": 0.004,
} as const;

export type ProbabilityBand = keyof typeof PROBABILITY_BANDS;

/** Relative weight of a condition's prior by band: each step about a factor of three. */
export const PRIOR_BANDS = { "very-common": 100, common: 30, uncommon: 10, rare: 3, "very-rare": 1 } as const;

export type PriorBand = keyof typeof PRIOR_BANDS;
