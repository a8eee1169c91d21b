/** What language models cost, by consultation, and the bounds that no consultation passes. */
import { NOTHING_SPENT, type Spending, spend } from "../../src/index.ts";
import { AgentError } from "../errors.ts";

export interface MeterOptions {
  /** US dollars for a million tokens. Default 0: a server of one's own. */
  readonly price?: { readonly input: number; readonly output: number } | undefined;
  /** The most tokens of a consultation, in and out together. Default 100,000. */
  readonly tokens?: number | undefined;
  /** The most US dollars of a consultation. Default: no bound. */
  readonly cost?: number | undefined;
}

export interface Meter {
  /** What a consultation has cost so far. */
  of(consultation: string): Spending;
  /** Throws `over-budget` where a prompt of this many tokens would pass a bound. `before`: what the log says was spent. */
  admit(consultation: string, input: number, before?: Spending): void;
  /** Counts a call and gives its price in US dollars. */
  add(consultation: string, tokens: { readonly input: number; readonly output: number }): number;
}

/** Consultations remembered; what the log says stands for those forgotten. */
const REMEMBERED = 10_000;

export function spendingMeter(options: MeterOptions = {}): Meter {
  const { price = { input: 0, output: 0 }, tokens = 100_000, cost: most = Number.POSITIVE_INFINITY } = options;
  const spent = new Map<string, Spending>();
  const of = (consultation: string): Spending => spent.get(consultation) ?? NOTHING_SPENT;
  const priceOf = (input: number, output: number): number => (input * price.input + output * price.output) / 1e6;
  const remember = (consultation: string, spending: Spending): void => {
    spent.delete(consultation);
    spent.set(consultation, spending);
    if (spent.size > REMEMBERED) spent.delete(spent.keys().next().value as string);
  };
  return {
    of,
    admit(consultation, input, before) {
      if (before && !spent.has(consultation)) remember(consultation, before);
      const so = of(consultation);
      if (so.input + so.output + input > tokens || so.cost + priceOf(input, 0) > most) {
        throw new AgentError("over-budget", "the consultation's budget for language models is spent", {
          fault: "work",
        });
      }
    },
    add(consultation, { input, output }) {
      const cost = priceOf(input, output);
      remember(consultation, spend(of(consultation), { input, output, cost }));
      return cost;
    },
  };
}
