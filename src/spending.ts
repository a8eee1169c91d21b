/** What language models cost a consultation. */
export interface Spending {
  readonly calls: number;
  /** Tokens in and out. */
  readonly input: number;
  readonly output: number;
  /** US dollars, by the prices given. */
  readonly cost: number;
}

export const NOTHING_SPENT: Spending = { calls: 0, input: 0, output: 0, cost: 0 };

/** `so` and one call more. */
export function spend(so: Spending, { input, output, cost }: Omit<Spending, "calls">): Spending {
  return { calls: so.calls + 1, input: so.input + input, output: so.output + output, cost: so.cost + cost };
}
