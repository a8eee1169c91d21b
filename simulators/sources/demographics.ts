/** Age and sex from the words that cases use: `51 years`, `8-month-old boy`, `Newborn, female`, `P1Y6M`. */
import type { Sex } from "../../src/index.ts";

/** Years in one of each unit. */
const YEARS = { year: 1, month: 1 / 12, week: 7 / 365.25, day: 1 / 365.25, hour: 1 / (24 * 365.25) } as const;

/** Age in years. Undefined where the words give none. */
export function ageFromWords(text: string): number | undefined {
  const match = /(\d+(?:\.\d+)?)[\s-]*(year|yr|month|mo|week|wk|day|hour|hr)s?\b/i.exec(text);
  if (match) return Number(match[1]) * YEARS[UNITS[match[2]!.toLowerCase()]!];
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text);
  return /\b(newborn|neonate)\b/i.test(text) ? 0 : undefined;
}

const UNITS: Readonly<Record<string, keyof typeof YEARS>> = {
  year: "year",
  yr: "year",
  month: "month",
  mo: "month",
  week: "week",
  wk: "week",
  day: "day",
  hour: "hour",
  hr: "hour",
};

/** The sex that the first such word names. Undefined where there is none (child, infant, patient). */
export function sexFromWords(text: string): Sex | undefined {
  const match = /\b(?:(female|woman|girl|lady)|(male|man|boy|gentleman))\b/i.exec(text);
  if (match) return match[1] ? "female" : "male";
  return undefined;
}

/** Age in years of an ISO 8601 duration: `P6Y`, `P1Y6M`, `P3M2D`, `P2W`. Undefined where it is none. */
export function ageFromDuration(duration: string): number | undefined {
  const match =
    /^P(?=\d)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T.*)?$/.exec(
      duration,
    );
  if (!match) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return years + months * YEARS.month + weeks * YEARS.week + days * YEARS.day;
}
