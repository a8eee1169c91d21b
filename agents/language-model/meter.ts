/** What language models cost, by consultation: calls, tokens, US dollars; and the bounds that no consultation passes. */
import { AgentError } from "../errors.ts";

export interface Spending {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, by the prices given. */
  readonly cost: number;
}

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
  /** Throws `over-budget` where a prompt of this many tokens would pass a bound. */
  admit(consultation: string, inputTokens: number): void;
  add(consultation: string, tokens: { readonly input: number; readonly output: number }): void;
  /** Lets go of a consultation and gives what it cost. */
  close(consultation: string): Spending;
}

const NOTHING: Spending = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0 };

export function spendingMeter(options: MeterOptions = {}): Meter {
  const { price = { input: 0, output: 0 }, tokens = 100_000, cost = Number.POSITIVE_INFINITY } = options;
  const spent = new Map<string, Spending>();
  const of = (consultation: string): Spending => spent.get(consultation) ?? NOTHING;
  const priceOf = (input: number, output: number): number => (input * price.input + output * price.output) / 1e6;
  return {
    of,
    admit(consultation, input) {
      const so = of(consultation);
      if (so.inputTokens + so.outputTokens + input > tokens || so.cost + priceOf(input, 0) > cost) {
        throw new AgentError("over-budget", "the consultation's budget for language models is spent", {
          fault: "work",
        });
      }
    },
    add(consultation, { input, output }) {
      const so = of(consultation);
      spent.set(consultation, {
        calls: so.calls + 1,
        inputTokens: so.inputTokens + input,
        outputTokens: so.outputTokens + output,
        cost: so.cost + priceOf(input, output),
      });
    },
    close(consultation) {
      const so = of(consultation);
      spent.delete(consultation);
      return so;
    },
  };
}
