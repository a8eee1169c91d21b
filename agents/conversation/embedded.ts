/** The embedded understander: the lexical reading of a message. No model, no network. */
import { type Lexicon, meansCrisis, type ObservedFinding, saysDoubt, understand } from "../../src/index.ts";
import { suggestionSaid } from "./suggestions.ts";
import type { Understander, UnderstandingContext, Understood } from "./types.ts";

/** The most characters that are read. */
export const LONGEST_MESSAGE = 20_000;

export function embeddedUnderstander(lexicon: Lexicon): Understander {
  return {
    name: "lexical",
    async understand(message, context) {
      return readSuggestion(lexicon, message, context) ?? understandLexically(lexicon, message, context);
    },
  };
}

/** An offered answer that was typed is that answer: "Below 36 °C" is no temperature of 36. */
function readSuggestion(
  { findings }: Lexicon,
  message: string,
  { asked }: UnderstandingContext,
): Understood | undefined {
  const finding = asked === undefined ? undefined : findings.get(asked);
  const observed = finding && suggestionSaid(finding, message)?.observed;
  if (!observed) return undefined;
  return { intent: meansCrisis(observed) ? "crisis" : "answer", observed: [observed], corrections: [] };
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
