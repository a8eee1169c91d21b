/** The embedded understander: the lexical reading of a message. No model, no network. */
import { type Lexicon, type ObservedFinding, saysDoubt, understand } from "../../src/index.ts";
import type { Understander, UnderstandingContext, Understood } from "./types.ts";

/** The most characters that are read. */
export const LONGEST_MESSAGE = 20_000;

export function embeddedUnderstander(lexicon: Lexicon): Understander {
  return {
    name: "lexical",
    async understand(message, context) {
      return understandLexically(lexicon, message, context);
    },
  };
}

/** The reading, less a "not known" of what was asked that nobody said: what cannot be read is asked again. */
function understandLexically(lexicon: Lexicon, message: string, context: UnderstandingContext): Understood {
  const understood = understand(lexicon, message, context);
  const isUnsaid = ({ finding, state }: ObservedFinding): boolean =>
    finding === context.asked && state === "unknown" && !saysDoubt(message);
  return understood.observed.some(isUnsaid)
    ? { ...understood, observed: understood.observed.filter((found) => !isUnsaid(found)) }
    : understood;
}
