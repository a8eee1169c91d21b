/** What messages mean over the starter knowledge base, as text. */
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import {
  buildLexicon,
  factText,
  type ObservedFinding,
  type UnderstandingContext,
  understand,
} from "../../../src/index.ts";

const { findings } = await loadKnowledgeBase(STARTER_DIRECTORY);
export const lexicon = buildLexicon(findings);

/** What `text` states, as news or as a correction. */
export function facts(text: string, context: UnderstandingContext = {}): string[] {
  const { observed, corrections } = understand(lexicon, text, context);
  return [...observed, ...corrections].map(factText).sort();
}

/** What is known before: `fever`, `-fever`, `onset=days`. */
export const known = (...told: readonly string[]): ReadonlyMap<string, ObservedFinding> =>
  new Map(
    told.map((fact): [string, ObservedFinding] => {
      const [finding = "", value] = fact.replace(/^-/, "").split("=");
      const state = fact.startsWith("-") ? "absent" : "present";
      return [finding, { finding, state, ...(value !== undefined && { values: value.split("+") }) }];
    }),
  );

/** What `text` changes of `before`. */
export const changes = (text: string, ...before: readonly string[]): string[] =>
  understand(lexicon, text, { known: known(...before) })
    .corrections.map(factText)
    .sort();
