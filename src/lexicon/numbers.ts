/** Numbers as people say them: "39.2", "39,2", "about a 7 out of 10", "seven", "102 F". */
import type { Finding } from "../vocabulary.ts";
import { fold } from "./words.ts";

const NAMED = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const NAME = new RegExp(`\\b(${NAMED.join("|")})\\b`);

/** The first number of `text`; undefined where there is none. */
export function readNumber(text: string): number | undefined {
  const found = /(?<![\p{L}\d.])-?\d{1,6}(?:[.,]\d{1,4})?/u.exec(fold(text));
  if (found) return Number(found[0].replace(",", "."));
  const named = NAME.exec(fold(text));
  return named ? NAMED.indexOf(named[1]!) : undefined;
}

/** The number of `text` in the finding's unit, within its plausible range. */
export function readMeasure(finding: Finding, text: string): number | undefined {
  const number = readNumber(text);
  if (number === undefined) return undefined;
  const fahrenheit = finding.unit === "°C" && /\d\s*(°\s*f\b|f\b|(?:degrees )?(?:f\b|fahrenheit))/.test(fold(text));
  const value = fahrenheit ? Math.round(((number - 32) / 1.8) * 10) / 10 : number;
  const [low, high] = finding.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return value >= low && value <= high ? value : undefined;
}
