/** The study's cells, as `preregistration.md` has them. A cell is one training run; its name says what it is. */

export const SEEDS = [0, 1, 2, 3, 4] as const;
export const TUNING_SEED = 100;
export const RATES = [1e-4, 3e-4, 1e-3, 3e-3] as const;
/** Steps of a cell, groups a step, trajectories a group. */
export const STEPS = 200;
export const GROUPS = 32;
export const GROUP_SIZE = 8;

export type Family = "tuning" | "lag" | "beta2" | "rare" | "curriculum" | "baselines";

export interface Cell {
  readonly family: Family;
  /** What differs, apart from the seed. */
  readonly variant: string;
  readonly seed: number;
  /** Whose learning rate was tuned for it; absent where the cell names its own. */
  readonly tunedAs?: string;
  /** Overrides of the study's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

export const nameOf = ({ family, variant, seed }: Cell): string => `${family}-${variant}-seed${seed}`;

/** A slice of the starter base, as a run's configuration takes it. */
export const AIRWAYS = {
  conditions: [
    ...["common-cold", "influenza", "covid-19", "acute-bronchitis", "pneumonia", "streptococcal-pharyngitis"],
    ...["acute-sinusitis", "allergic-rhinitis", "asthma", "copd-exacerbation", "pulmonary-tuberculosis"],
    "heart-failure",
  ],
  findings: 30,
};

export const FOUR_DOMAINS = {
  conditions: [
    ...["pneumonia", "asthma", "influenza", "acute-gastroenteritis", "peptic-ulcer", "acute-cholecystitis"],
    ...["cystitis", "kidney-stone", "pyelonephritis", "migraine", "tension-headache", "sciatica"],
  ],
  findings: 30,
};
export const MIX = { respiratory: 1, gastrointestinal: 0.3, urological: 0.1, neurological: 0.05 };

const consultation = { name: "consultation", task: { kind: "consultation" } };
export const CHOICE = { kind: "choice", options: 6 };
export const LIST = { kind: "list" };

const GRPO = { name: "grpo", aggregation: "token" };
const oapl = (beta2 = 0.1) => ({ name: "oapl", beta2 });
const lagged = (lag: number) => (lag === 1 ? { kind: "on-policy" } : { kind: "lagged", lag });

interface Variant {
  readonly family: Family;
  readonly variant: string;
  readonly tunedAs: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const VARIANTS: readonly Variant[] = [
  ...[1, 10, 50].flatMap((lag): Variant[] => [
    { family: "lag", variant: `grpo-L${lag}`, tunedAs: "grpo", config: { objective: GRPO, schedule: lagged(lag) } },
    { family: "lag", variant: `oapl-L${lag}`, tunedAs: "oapl", config: { objective: oapl(), schedule: lagged(lag) } },
  ]),
  ...[0.001, 0.01, 0.3].map(
    (beta2): Variant => ({
      family: "beta2",
      variant: `oapl-${beta2}`,
      tunedAs: "oapl",
      config: { objective: oapl(beta2), schedule: lagged(50) },
    }),
  ),
  { family: "baselines", variant: "fine-tuning", tunedAs: "sft", config: { objective: { name: "sft" } } },
  { family: "baselines", variant: "dpo", tunedAs: "dpo", config: { objective: { name: "dpo" } } },
  {
    family: "curriculum",
    variant: "three-stages",
    tunedAs: "grpo",
    config: {
      objective: GRPO,
      stages: [
        { name: "choice", task: CHOICE, exit: { steps: 50 } },
        { name: "list", task: LIST, exit: { steps: 30 } },
        { ...consultation, exit: { steps: STEPS - 80 } },
      ],
    },
  },
  ...["grpo", "drpo"].map(
    (name): Variant => ({
      family: "rare",
      variant: name,
      tunedAs: "grpo",
      config: { objective: name === "grpo" ? GRPO : { name }, cases: { slice: FOUR_DOMAINS, domains: MIX } },
    }),
  ),
];

const TUNED = [
  { name: "grpo", config: { objective: GRPO, schedule: lagged(10) } },
  { name: "oapl", config: { objective: oapl(), schedule: lagged(10) } },
  { name: "sft", config: { objective: { name: "sft" } } },
  { name: "dpo", config: { objective: { name: "dpo" } } },
] as const;

export const TUNING: readonly Cell[] = TUNED.flatMap(({ name, config }) =>
  RATES.map(
    (learningRate): Cell => ({
      family: "tuning",
      variant: `${name}-${learningRate}`,
      seed: TUNING_SEED,
      config: { ...config, optimizer: { learningRate } },
    }),
  ),
);

/** The question of lag first, then the others, seed by seed: a study that is cut short has whole comparisons. */
const ORDER: readonly Family[] = ["lag", "baselines", "curriculum", "rare", "beta2"];
export const CELLS: readonly Cell[] = ORDER.flatMap((family) =>
  SEEDS.flatMap((seed) =>
    VARIANTS.filter((variant) => variant.family === family).map((variant): Cell => ({ ...variant, seed })),
  ),
);

/** Everything that cells have in common. */
export const COMMON = {
  cases: { slice: AIRWAYS },
  episode: { budget: 4 },
  stages: [{ ...consultation, exit: { steps: STEPS } }],
  schedule: { kind: "on-policy" },
  groups: GROUPS,
  groupSize: GROUP_SIZE,
  evaluation: { every: 50, cases: 1000, tasks: { choice: CHOICE, list: LIST } },
  checkpoints: { every: 100, keep: 1 },
};

/** The warm start of a seed: imitation over the three tasks, no step of reinforcement. */
export const WARM_START = {
  ...COMMON,
  warmUp: { agent: "random", consultations: 6144, epochs: 8, batch: 128, learningRate: 0.003 },
  objective: GRPO,
  stages: [
    { name: "choice", task: CHOICE, exit: { steps: 1 } },
    { name: "list", task: LIST, exit: { steps: 1 } },
    { ...consultation, exit: { steps: 1 } },
  ],
  evaluation: { every: 0, cases: 200 },
  checkpoints: { every: 1, keep: 10 },
};
