/** What the policy lately took for what: a window over its conclusions, which look-alikes may be mined from. */
import { z } from "zod";
import type { Outcome } from "../dialogues/types.ts";
import { CurriculumError } from "./errors.ts";

export const ConfusionOptions = z.strictObject({
  /** Conclusions that are remembered; older ones are forgotten. 1 to 1,000,000. */
  window: z.int().min(1).max(1_000_000).default(8192),
});
export type ConfusionOptions = z.input<typeof ConfusionOptions>;

/** Fit for JSON; oldest first. */
export const ConfusionState = z.strictObject({
  conclusions: z.array(z.tuple([z.string().min(1), z.string().min(1)])).readonly(),
});
export type ConfusionState = z.infer<typeof ConfusionState>;

export class Confusions {
  private readonly window: number;
  /** What it was, and what was named first. */
  private conclusions: [label: string, named: string][];

  /** Throws `bad-options`, and `bad-state` where the state is none. */
  constructor(options: ConfusionOptions = {}, state?: unknown) {
    const parsed = ConfusionOptions.safeParse(options);
    if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
    const before = ConfusionState.safeParse(state ?? { conclusions: [] });
    if (!before.success) throw new CurriculumError("bad-state", z.prettifyError(before.error));
    this.window = parsed.data.window;
    this.conclusions = before.data.conclusions.slice(-this.window);
  }

  /** Whoever concluded nothing confused nothing. What was named first is right where it is among the labels. */
  observe(outcomes: Iterable<Pick<Outcome, "labels" | "ranked">>): void {
    for (const { labels, ranked } of outcomes) {
      const named = ranked[0];
      const label = named !== undefined && labels.includes(named) ? named : labels[0];
      if (named !== undefined && label !== undefined) this.conclusions.push([label, named]);
    }
    this.conclusions.splice(0, this.conclusions.length - this.window);
  }

  state(): ConfusionState {
    return { conclusions: this.conclusions.map(([label, named]) => [label, named]) };
  }
}

/** P(named | label) of a policy. */
export type ConfusionRates = (label: string, named: string) => number;

/**
 * Of `conditions` C in number, with additive smoothing: P(b | a) = (n_ab + α) / (n_a + α C), so that what was never seen
 * is as likely as anything.
 */
export function confusionRates({ conclusions }: ConfusionState, conditions: number, alpha: number): ConfusionRates {
  const seen = new Map<string, { all: number; named: Map<string, number> }>();
  for (const [label, named] of conclusions) {
    const row = seen.get(label) ?? { all: 0, named: new Map<string, number>() };
    seen.set(label, row);
    row.all++;
    row.named.set(named, (row.named.get(named) ?? 0) + 1);
  }
  return (label, named) => {
    const row = seen.get(label);
    return ((row?.named.get(named) ?? 0) + alpha) / ((row?.all ?? 0) + alpha * conditions);
  };
}
