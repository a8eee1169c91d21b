/** A text as weighted features: its stems, and the concepts that they stand for. What one says twice counts once. */
import { conceptAt } from "./concepts.ts";
import { lookUp, wordsOf } from "./words.ts";

/** A word that frames a question counts this much of one that names something. */
const WEAK = 0.25;
/** Shares of a word that belongs to a concept: same word 1, another word of the concept `CONCEPT`. */
const SURFACE = 0.35;
const CONCEPT = 0.65;

/** Feature -> factor in (0, 1]. Concepts begin with `~`, which no stem does. */
export type Features = ReadonlyMap<string, number>;

export function featuresOf(text: string): Features {
  const words = wordsOf(text).map(lookUp);
  const stems = words.map(({ stem }) => stem);
  const features = new Map<string, number>();
  const add = (feature: string, factor: number): void => {
    if ((features.get(feature) ?? 0) < factor) features.set(feature, factor);
  };
  let conceptEnds = 0;
  for (let i = 0; i < words.length; i++) {
    const { strength } = words[i]!;
    const found = i < conceptEnds ? undefined : conceptAt(stems, i);
    const base = strength === "strong" || (found && found.length > 1) ? 1 : WEAK;
    if (found) {
      conceptEnds = i + found.length;
      add(found.concept, base * CONCEPT);
    }
    if (strength !== "stop") add(stems[i]!, i < conceptEnds ? base * SURFACE : base);
  }
  return features;
}
