/**
 * Difficulty by pass rate: a case that the policy always solves, or never does, has nothing to teach it now. The rate is
 * the share of right outcomes over n samples; cases outside [low, high] are set aside, and all are judged again in time.
 */
import { z } from "zod";
import { seededRandom, shuffled } from "../../src/index.ts";
import { CurriculumError } from "./errors.ts";

export const DifficultyOptions = z
  .strictObject({
    /** A case is kept while low ≤ pass rate ≤ high; from 0 to 1. */
    low: z.number().min(0).max(1).default(0.1),
    high: z.number().min(0).max(1).default(0.9),
    /** Outcomes that a pass rate is taken over at least, 1 to 10,000. */
    samples: z.int().min(1).max(10_000).default(8),
    /**
     * A kept case is judged again, by its newest outcomes, after so many uses; one that was set aside after so many
     * rounds through the cases in which it was passed over. 1 to 10,000.
     */
    recheck: z.int().min(1).max(10_000).default(4),
  })
  .refine(({ low, high }) => low <= high, { path: ["low"], message: "is above high" });
export type DifficultyOptions = z.input<typeof DifficultyOptions>;

const count = z.int().min(0);

const Standing = z.strictObject({
  /** Not judged yet, or due again; within reach; or set aside. */
  status: z.enum(["unknown", "kept", "aside"]),
  /** The pass rate that it was last judged by. */
  rate: z.number().min(0).max(1).optional(),
  /** Right outcomes, and outcomes, since then. */
  passed: count,
  seen: count,
  /** Uses of a kept case since then, or rounds that passed one over that was set aside. */
  age: count,
});
type Standing = z.infer<typeof Standing>;

/** Fit for JSON. Cases never seen are not listed. */
export const DifficultyState = z.strictObject({
  /** Rounds through all cases begun, and cases of the present one gone by. */
  round: count,
  place: count,
  cases: z.record(z.string(), Standing),
});
export type DifficultyState = z.infer<typeof DifficultyState>;

/** What a group says of its case. */
export interface Attempts {
  readonly caseId: string;
  readonly trajectories: readonly { readonly correct: boolean }[];
}

/** The share of right outcomes; undefined where there is none. */
export function passRate({ trajectories }: Pick<Attempts, "trajectories">): number | undefined {
  if (trajectories.length === 0) return undefined;
  return trajectories.filter(({ correct }) => correct).length / trajectories.length;
}

/** Pass rates by case, over all groups of each. */
export function passRates(groups: Iterable<Attempts>): Map<string, { rate: number; samples: number }> {
  const all = new Map<string, { correct: boolean }[]>();
  for (const { caseId, trajectories } of groups) all.set(caseId, [...(all.get(caseId) ?? []), ...trajectories]);
  return new Map(
    [...all].flatMap(([id, trajectories]) => {
      const rate = passRate({ trajectories });
      return rate === undefined ? [] : [[id, { rate, samples: trajectories.length }] as const];
    }),
  );
}

export function isWithinReach(rate: number, { low, high }: { readonly low: number; readonly high: number }): boolean {
  return low <= rate && rate <= high;
}

/** Cases in seeded order, round after round, without those that are set aside. */
export class DifficultyPool {
  private readonly settings: z.output<typeof DifficultyOptions>;
  private readonly ids: readonly string[];
  private readonly seed: number;
  private readonly standings: Map<string, Standing>;
  private order: readonly string[];
  private round: number;
  private place: number;

  /** Throws `bad-options`, and `bad-state` where the state is none. */
  constructor(ids: readonly string[], seed: number, options: DifficultyOptions = {}, state?: unknown) {
    const parsed = DifficultyOptions.safeParse(options);
    if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
    if (ids.length === 0) throw new CurriculumError("bad-options", "a pool needs a case at least");
    const before = DifficultyState.safeParse(state ?? { round: 0, place: 0, cases: {} });
    if (!before.success) throw new CurriculumError("bad-state", z.prettifyError(before.error));
    this.settings = parsed.data;
    this.ids = ids;
    this.seed = seed;
    this.standings = new Map(Object.entries(before.data.cases).map(([id, standing]) => [id, { ...standing }]));
    this.round = before.data.round;
    this.place = before.data.place;
    this.order = this.orderOf(this.round);
  }

  /** The next cases to roll out: those within reach, and those that nobody knows that of. */
  next(wanted: number): string[] {
    const drawn: string[] = [];
    while (drawn.length < wanted) {
      if (this.place === this.order.length) {
        this.round++;
        this.place = 0;
        this.order = this.orderOf(this.round);
      }
      const id = this.order[this.place++]!;
      if (!this.isPassedOver(id)) drawn.push(id);
    }
    return drawn;
  }

  /** Takes in what became of groups; each counts as one use of its case. */
  observe(groups: Iterable<Attempts>): void {
    for (const { caseId, trajectories } of groups) {
      const standing = this.standingOf(caseId);
      standing.seen += trajectories.length;
      standing.passed += trajectories.filter(({ correct }) => correct).length;
      if (standing.status === "kept") standing.age++;
      this.judge(standing);
    }
  }

  /** How many cases stand how. */
  counts(): Readonly<Record<Standing["status"], number>> {
    const counts = { unknown: 0, kept: 0, aside: 0 };
    for (const id of this.ids) counts[this.standings.get(id)?.status ?? "unknown"]++;
    return counts;
  }

  state(): DifficultyState {
    const cases = Object.fromEntries([...this.standings].map(([id, standing]) => [id, { ...standing }]));
    return { round: this.round, place: this.place, cases };
  }

  private orderOf(round: number): readonly string[] {
    return shuffled(seededRandom("difficulty", this.seed, round), this.ids);
  }

  private standingOf(id: string): Standing {
    const known = this.standings.get(id) ?? { status: "unknown", passed: 0, seen: 0, age: 0 };
    this.standings.set(id, known);
    return known;
  }

  private isPassedOver(id: string): boolean {
    const standing = this.standings.get(id);
    if (standing?.status !== "aside") return false;
    standing.age++;
    if (standing.age <= this.settings.recheck) return true;
    Object.assign(standing, { status: "unknown", passed: 0, seen: 0, age: 0 });
    return false;
  }

  private judge(standing: Standing): void {
    const { samples, recheck } = this.settings;
    if (standing.seen < samples || (standing.status === "kept" && standing.age < recheck)) return;
    const rate = standing.passed / standing.seen;
    const status = isWithinReach(rate, this.settings) ? "kept" : "aside";
    Object.assign(standing, { status, rate, passed: 0, seen: 0, age: 0 });
  }
}
