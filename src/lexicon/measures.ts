/** The number that goes with a measure named in a statement: "bp 95 over 60 and pulse 125". */
import type { Finding } from "../vocabulary.ts";
import type { MarkedWord } from "./clauses.ts";
import { readMeasure } from "./numbers.ts";

/** A number stands at most this many words after the measure's name, or before it. */
const AFTER = 6;
const BEFORE = 4;

/** The plausible number nearest to the words at `positions`, what follows them first. */
export function readMeasureNear(
  finding: Finding,
  words: readonly MarkedWord[],
  positions: readonly number[],
): number | undefined {
  const { sentence } = words[positions[0]!]!;
  const read = (p: number): number | undefined => {
    const word = words[p];
    if (word?.sentence !== sentence || !/^\d/.test(word.word)) return undefined;
    const unit = words[p + 1]?.word ?? "";
    return readMeasure(
      finding,
      /^(f|fahrenheit|degrees)$/.test(unit) ? `${word.word} ${unit} ${words[p + 2]?.word ?? ""}` : word.word,
    );
  };
  for (let p = positions.at(-1)! + 1; p <= positions.at(-1)! + AFTER; p++) {
    const number = read(p);
    if (number !== undefined) return number;
  }
  for (let p = positions[0]! - 1; p >= positions[0]! - BEFORE; p--) {
    const number = read(p);
    if (number !== undefined) return number;
  }
  return undefined;
}
