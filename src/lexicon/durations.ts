/**
 * Times as people say them ("since Monday", "for two weeks", "all of a sudden"), and which value of a finding whose
 * values are times they mean ("under three weeks", "over months or years"). Lengths are in minutes.
 */
import type { Finding } from "../vocabulary.ts";
import { matchesOf } from "./matches.ts";
import { fold } from "./words.ts";

const MINUTE = 1;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

const UNITS = { second: 1 / 60, minute: MINUTE, hour: HOUR, day: DAY, week: WEEK, month: MONTH, year: YEAR } as const;
export type TimeUnit = keyof typeof UNITS;
const ORDER = Object.keys(UNITS) as TimeUnit[];
/** What each unit spans when it stands alone: "days" are one day to two weeks. */
const SPAN: Record<TimeUnit, readonly [number, number]> = {
  second: [0, MINUTE],
  minute: [MINUTE, HOUR],
  hour: [HOUR, DAY],
  day: [DAY, 2 * WEEK],
  week: [WEEK, 60 * DAY],
  month: [MONTH, YEAR],
  year: [YEAR, Number.POSITIVE_INFINITY],
};

/** A length of time said; `sudden` where something came at once. */
export interface TimeSaid {
  readonly minutes: number;
  readonly unit: TimeUnit;
  readonly sudden: boolean;
  /** True for a calendar word that tells a time only beside "since" or "started" ("Monday", "last week"). */
  readonly calendar: boolean;
  /** Place in the folded text, in characters. */
  readonly from: number;
  readonly to: number;
}

const SUDDEN =
  /\b(?:all of a sudden|all at once|sudden|suddenly|out of the blue|out of nowhere|in an instant|instantly|in a flash|within seconds|like a bolt|from one (?:second|moment) to the next)\b/g;

const NUMBERS = new Map<string, number>(
  Object.entries({
    a: 1,
    an: 1,
    one: 1,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    eleven: 11,
    twelve: 12,
    fifteen: 15,
    twenty: 20,
    thirty: 30,
    forty: 40,
    fifty: 50,
    sixty: 60,
    "a couple of": 2,
    "couple of": 2,
    couple: 2,
    "a few": 3,
    few: 3,
    some: 3,
    several: 4,
    "half a": 0.5,
    "half an": 0.5,
    "half the": 0.5,
    "a quarter of an": 0.25,
    many: 10,
  }),
);
const NUMBER = `\\d+(?:[.,]\\d+)?|${[...NUMBERS.keys()].sort((a, b) => b.length - a.length).join("|")}`;
const UNIT = "(?<unit>second|sec|minute|min|hour|hr|day|night|week|wk|fortnight|month|year|yr|decade|age)";
const LEAD = "(?:for|over|past|last|about|around|since|within|nearly|almost|than|under|only|just|roughly|maybe|least)";
const AMOUNT = new RegExp(
  `(?<lead>\\b(?:${LEAD} (?:the )?(?:last |past |good |about |around )?)?)\\b(?<number>${NUMBER})(?: (?:or|to) (?:${NUMBER}))?(?: more| solid| whole| good| odd)? ?${UNIT}(?<plural>s?)\\b(?<tail>(?: or (?:so|two)| ago| now| long)?)(?<next>(?: old| pregnant| gone|-old| away)?)`,
  "g",
);
/** "For weeks", "it's been years", "weeks and weeks". */
const BARE =
  /\b(?:for|over|been|takes?|lasts?|it's|its|several|many|the last|the past) (?:the )?(?:last |past |many |some )?(?<unit>second|minute|hour|day|week|month|year|age)s\b/g;
/** "Over this past fortnight", "for the last hour": one of them. */
const ONE =
  /\b(?:this|the|these) (?:past|last) (?<unit>second|minute|hour|day|night|week|fortnight|month|year|decade)\b/g;
/** "Day 5 of this", "week three now". */
const COUNTED = new RegExp(
  `\\b(?<unit>day|week|month|year) (?:number )?(?<number>${NUMBER})(?= (?:of|now|today|with|in)\\b|[.,!]|$)`,
  "g",
);
const AN_INSTANT =
  /\b(?:before (?:i|you) (?:can|could) (?:count (?:to \w+)?|blink|sit down)|in the blink of an eye|a split second|(?:just )?a (?:few )?moments?)\b/g;
const ABBREVIATED = /^(?:sec|min|hr|wk|yr)$/;
/** "Less than a minute" is taken for this much of it. */
const LESS = 0.9;
const RATE = /(?:every|per|each|times|times in|once|twice|once in|twice in)\s*$/;

const CALENDAR: readonly [RegExp, number, TimeUnit][] = [
  [
    /\b(?:this (?:morning|afternoon|evening)|today|tonight|last night|overnight|over the (?:day|morning|afternoon|evening|night)|during the (?:day|night)|in the course of the day|breakfast|lunch(?:time)?|dinner|noon|midday)\b/g,
    6 * HOUR,
    "hour",
  ],
  [
    /\b(?:yesterday|the day before yesterday|the weekend|this week|last week|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/g,
    3 * DAY,
    "day",
  ],
  [/\b(?:last month|this month|a month ago)\b/g, 4 * WEEK, "week"],
  [
    /\b(?:last (?:year|winter|summer|spring|autumn|fall|christmas)|january|february|april|june|july|august|september|october|november|december|christmas|easter|this (?:winter|summer|spring|autumn))\b/g,
    6 * MONTH,
    "month",
  ],
  [
    /\b(?:childhood|birth|infancy|i was (?:a |in |at |about |only )*(?:child|kid|girl|boy|lad|teenager|teen|student|baby|little|young|younger|small|born|school|college)|(?:my|his|her) (?:teens|twenties|childhood|youth))\b/g,
    10 * YEAR,
    "year",
  ],
];

/** Every time said in `text`, in order. */
export function timesSaid(text: string): TimeSaid[] {
  const said = fold(text);
  const times: TimeSaid[] = [];
  // Characters that an earlier pattern has taken.
  let taken: Uint8Array | undefined;
  const add = (at: RegExpExecArray, minutes: number, unit: TimeUnit, calendar = false, sudden = false): void => {
    const [from, to] = [at.index, at.index + at[0].length];
    taken ??= new Uint8Array(said.length);
    if (taken.subarray(from, to).includes(1)) return;
    taken.fill(1, from, to);
    times.push({ minutes, unit, sudden, calendar, from, to });
  };
  for (const at of matchesOf(SUDDEN, said)) add(at, 0, "second", false, true);
  for (const at of matchesOf(AMOUNT, said)) {
    const { lead = "", number = "", unit: word = "", plural = "", tail = "", next = "" } = at.groups!;
    if (next !== "" || RATE.test(said.slice(Math.max(0, at.index - 10), at.index))) continue;
    const count = NUMBERS.get(number) ?? Number(number.replace(",", "."));
    // "A day" may be a rate and "twelve hour" a flight: one needs a word of time beside it, the other its plural.
    const whole = at[0].trim() === said.trim().replace(/[.!]$/, "");
    if (count <= 1 && !lead && !tail && !whole && !number.startsWith("half")) continue;
    if (count > 1 && !plural && !ABBREVIATED.test(word)) continue;
    const [length, unit] = lengthOf(count, word);
    const less = /\b(?:under|(?:less|fewer) than)\s*$/.test(
      `${said.slice(Math.max(0, at.index - 12), at.index)}${lead}`.trimEnd(),
    );
    add(at, less ? length * LESS : length, unit);
  }
  for (const at of matchesOf(BARE, said)) {
    const [minutes, unit] = lengthOf(3, at.groups!.unit!);
    add(at, minutes, unit);
  }
  for (const at of matchesOf(ONE, said)) add(at, ...lengthOf(1, at.groups!.unit!));
  for (const at of matchesOf(COUNTED, said)) {
    const { number = "", unit = "" } = at.groups!;
    add(at, ...lengthOf(NUMBERS.get(number) ?? Number(number.replace(",", ".")), unit));
  }
  for (const at of matchesOf(AN_INSTANT, said)) add(at, 3 * UNITS.second, "second");
  for (const [pattern, minutes, unit] of CALENDAR)
    for (const at of matchesOf(pattern, said)) add(at, minutes, unit, true);
  return times.sort((a, b) => a.from - b.from);
}

function lengthOf(count: number, word: string): [number, TimeUnit] {
  const name = { sec: "second", min: "minute", hr: "hour", wk: "week", yr: "year", night: "day" }[word] ?? word;
  if (name === "fortnight") return [2 * count * WEEK, "week"];
  if (name === "decade" || name === "age") return [10 * count * YEAR, "year"];
  const unit = name as TimeUnit;
  // Half a year is months, half a day is hours.
  const named = count < 1 ? ORDER[Math.max(0, ORDER.indexOf(unit) - 1)]! : unit;
  return [count * UNITS[unit], named];
}

interface TimeValue {
  readonly id: string;
  readonly low: number;
  readonly high: number;
  /** A value named by units alone ("over days") is told by the unit that is said. */
  readonly units?: readonly TimeUnit[];
}

/** True for a finding whose values are times. */
export function hasTimes(finding: Finding): boolean {
  const values = timeValues(finding);
  return values.length > 0 && values.length >= finding.values.length;
}

/** The value of `finding` that `time` means; undefined where its values are not times. */
export function timeValue(finding: Finding, time: TimeSaid): string | undefined {
  if (!hasTimes(finding)) return undefined;
  const values = timeValues(finding);
  if (time.sudden)
    return values[0]!.units?.includes("second") && values.some(({ units }) => units?.includes("month"))
      ? values[0]!.id
      : undefined;
  const byUnits = values.every(({ units }) => units);
  if (byUnits) {
    const named = values.find(({ units }) => units!.includes(time.unit));
    if (named) return named.id;
    const last = values.at(-1)!;
    return ORDER.indexOf(time.unit) > ORDER.indexOf(last.units!.at(-1)!) ? last.id : undefined;
  }
  const fitting = values.filter(({ low, high }) => time.minutes >= low && time.minutes < high);
  return fitting.sort((a, b) => (a.high === b.high ? b.low - a.low : a.high - b.high))[0]?.id;
}

/** What each finding's values were read as: a memory only, a finding never changes. */
const READ = new WeakMap<Finding, readonly TimeValue[]>();

/** The values of `finding` that are lengths of time, read from their names. */
function timeValues(finding: Finding): readonly TimeValue[] {
  const before = READ.get(finding);
  if (before) return before;
  const values = readValues(finding);
  READ.set(finding, values);
  return values;
}

function readValues(finding: Finding): TimeValue[] {
  if (finding.type !== "categorical") return [];
  return finding.values.flatMap(({ id, name }) => {
    const read = readSpan(fold(name));
    return read ? [{ id, ...read }] : [];
  });
}

const SPOKEN = new RegExp(`(?:(?<number>${NUMBER}) )?(?<unit>second|minute|hour|day|week|month|year)s?\\b`, "g");

function readSpan(name: string): Omit<TimeValue, "id"> | undefined {
  const found = matchesOf(SPOKEN, name).map(({ groups }) => {
    const unit = groups!.unit as TimeUnit;
    const number = groups!.number;
    return { unit, count: number === undefined ? undefined : (NUMBERS.get(number) ?? Number(number)) };
  });
  const [first, last] = [found[0], found.at(-1)];
  const shared = name.match(new RegExp(`\\b(${NUMBER}) to `))?.[1];
  if (!first || !last) return undefined;
  const length = ({ unit, count }: typeof first, otherwise: 0 | 1): number =>
    count === undefined ? SPAN[unit][otherwise] : count * UNITS[unit];
  if (first.count !== undefined && /\bunder|less than|below\b/.test(name)) return { low: 0, high: length(first, 1) };
  if (first.count !== undefined && /\bover|more\b/.test(name))
    return { low: length(first, 0), high: Number.POSITIVE_INFINITY };
  if (found.some(({ count }) => count !== undefined)) {
    const low =
      found.length === 1 && shared ? (NUMBERS.get(shared) ?? Number(shared)) * UNITS[first.unit] : length(first, 0);
    return { low, high: length(last, 1) };
  }
  const units = found.map(({ unit }) => unit);
  const high = units.includes("year") ? Number.POSITIVE_INFINITY : SPAN[last.unit][1];
  return {
    low: SPAN[first.unit][0],
    high,
    units: ORDER.slice(ORDER.indexOf(first.unit), ORDER.indexOf(last.unit) + 1),
  };
}
