/** Durations and temperatures of a message as findings: "a cough for two weeks", "fever of 39". */
import { matchesOf } from "../lexicon/matches.ts";
import { type Lexicon, type Statement, type TimeSaid, timesSaid, timeValue } from "../lexicon.ts";
import type { Finding, ObservedFinding } from "../vocabulary.ts";

const BEGIN =
  /\b(?:start(?:s|ed|ing)?|began|begin|begun|beginning|came on|comes on|(?<!can't |couldn't )come on|coming on|came up|came out|hit me|developed|built up|woke up with|appeared|noticed|since|onset|going on|been going|lasted|lasting|blew up|ballooned|flared up|broke out|kicked in|swelled up|swole up|puffed up|set in|crept up|crept in|struck)\b/;

/** "Over hours rather than suddenly". */
const RULED_OUT = /\b(?:rather than|instead of|not|n't|nothing|never)(?: all| at all| so)? *$/;

const EVENT =
  /\b(?:started (?:a |an |my |the |on |taking )+(?:new |second |third )*(?!pain|ache)[\w-]+ ?(?:tablets?|pills?|medicines?|medication|job|course|diet)?|start(?:ed|ing) (?:taking|on)|finish(?:ed|ing)?|(?:got|came|come|flew|been) (?:back|home|from)|return(?:ed|ing)|ate|eaten|eating|drank|surgery|operation|holiday|diabetic|diabetes|asthma|smok(?:ed|er|ing)|miner|welder|farmer|baker|worked|retired|married|gave birth|vaccinated|bitten|operated|quit|gave up)\b[^,.;!?]{0,30}$/;
const SPELL =
  /\b(?:peak(?:s|ed|ing)?|fade[sd]?|pass(?:es|ed)?|gone|over|last(?:s|ed|ing)?|eases?|settles?|stops?|wears? off|out cold|clears?)(?: off| away| up| down)? (?:again )?(?:in|within|after|for|inside)?(?: only| just| about| around| like| maybe)? *$/;

/** How far a time reaches back to the thing it is said of, in characters. */
const NEAR = 80;

/**
 * What the times in folded `said` tell. A time goes with the symptom named nearest in its sentence: with that
 * symptom's own duration where it has one, and with the onset of the complaint where the person opens with it or
 * says that it began.
 */
export function readTimes(
  lexicon: Lexicon,
  said: string,
  statements: readonly Statement[],
  { isOpening, asked }: { isOpening: boolean; asked: Finding | undefined },
): ObservedFinding[] {
  const times = timesSaid(said);
  if (times.length === 0) return [];
  const told = new Map<string, ObservedFinding>();
  const tell = (finding: Finding, time: TimeSaid): void => {
    const value = told.has(finding.id) && !time.sudden ? undefined : timeValue(finding, time);
    if (value) told.set(finding.id, { finding: finding.id, state: "present", values: [value] });
  };
  const isTimed = ({ type }: Finding): boolean => type === "categorical";
  const onset = lexicon.choices;
  const tellChildren = (parent: string, time: TimeSaid): void => {
    for (const child of lexicon.childrenOf(parent)) if (isTimed(child)) tell(child, time);
  };
  for (const time of times) {
    if (RULED_OUT.test(said.slice(Math.max(0, time.from - 16), time.from))) continue;
    const [from, to] = sentenceAround(said, time.from);
    const begins = BEGIN.test(said.slice(Math.max(from, time.from - 40), Math.min(to, time.to + 25)));
    if (time.calendar && !begins) continue;
    const before = said.slice(Math.max(from, time.from - 60), time.from);
    // How long something else is past, or how long a spell takes, is not how long the complaint has lasted.
    if (!time.sudden && EVENT.test(before)) continue;
    const isSpell = !time.sudden && !begins && (time.unit === "second" || SPELL.test(before));
    const here = statements.filter((each) => each.from >= from && each.to <= to && isSymptom(lexicon, each));
    const anything = statements.some((each) => each.from >= from && each.to <= to);
    const nearest = here.sort((a, b) => gap(a, time) - gap(b, time))[0];
    if (nearest && gap(nearest, time) < NEAR) {
      const family = lexicon.findings.get(nearest.observed.finding)!;
      const parent = family.parent ?? family.id;
      // "Headaches on and off for years" gives no length of one.
      const lasting = !/\bon and off\b|\bcomes? and go|aches\b/.test(said.slice(from, to));
      if (lasting && !time.sudden) tellChildren(parent, time);
    } else if (asked && !anything && !time.sudden) {
      tellChildren(asked.id, time);
    }
    if (asked && onset.some(({ id }) => id === asked.id)) continue;
    const aboutComplaint = !isSpell && (nearest !== undefined || (!anything && begins));
    if (aboutComplaint && (isOpening || begins || time.sudden)) for (const finding of onset) tell(finding, time);
  }
  return [...told.values()];
}

const isSymptom = (lexicon: Lexicon, { observed }: Statement): boolean =>
  observed.state === "present" && lexicon.findings.get(observed.finding)?.kind === "symptom";

const gap = (a: { from: number; to: number }, b: { from: number; to: number }): number =>
  Math.max(0, a.from - b.to, b.from - a.to);

/** A sentence is looked for this many characters to each side; a longer one is cut there. */
const WINDOW = 400;
const STOP = /[.!?;\n]+(?=\s|$)/g;

function sentenceAround(text: string, at: number): [number, number] {
  const start = Math.max(0, at - WINDOW);
  let [from, to] = [start, Math.min(text.length, at + WINDOW)];
  for (const stop of matchesOf(STOP, text.slice(from, to))) {
    if (start + stop.index < at) from = start + stop.index + stop[0].length;
    else {
      to = start + stop.index;
      break;
    }
  }
  return [from, to];
}

/** From this temperature on a person has a fever, in °C. */
const FEVER_FROM = 38;
const TEMPERATURE = /(?<![\d./])(3[4-9]|4[0-2])(?:[.,](\d))?(?: ?(?:°|degrees|c\b))?(?![\d/%])/;

/** A fever named with its temperature is both; a measured temperature of 38 °C or more is a fever, a low one is none. */
export function withTemperature(
  lexicon: Lexicon,
  said: string,
  stated: readonly ObservedFinding[],
  asked: string | undefined,
): ObservedFinding[] {
  const fever = lexicon.findings.get("fever");
  let result = [...stated];
  if (fever?.type !== "binary") return result;
  const feverSaid = stated.find(({ finding }) => finding === fever.id);
  const mayTell =
    feverSaid?.state === "present" || asked === fever.id || stated.some((each) => each.number !== undefined);
  const measure = mayTell && lexicon.temperature;
  if (!measure) return result;
  let number = stated.find(({ finding }) => finding === measure.id)?.number;
  if (number === undefined && (feverSaid?.state === "present" || asked === fever.id)) {
    const read = TEMPERATURE.exec(said);
    // "38 weeks" is no temperature: a whole number needs the word beside it.
    if (read && (read[2] !== undefined || /(?:fever|temperature)[^.!?]{0,16}$/.test(said.slice(0, read.index)))) {
      number = Number(`${read[1]}.${read[2] ?? 0}`);
      result.push({ finding: measure.id, state: "present", number });
    }
  }
  if (number === undefined) return result;
  if (number >= FEVER_FROM && !feverSaid && asked !== measure.id) result.push({ finding: fever.id, state: "present" });
  if (number < 37.5 && !/\bfever/.test(said)) result = result.filter(({ finding }) => finding !== fever.id);
  return result;
}
