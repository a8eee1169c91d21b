/** Findings that a free statement names: "I have a sore throat and no cough". A phrase counts within one sentence. */
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import { findHits, type Hit, namesNothing, type PhraseIndex } from "./hits.ts";
import { readMeasureNear } from "./measures.ts";
import { type NormalWording, normalityHits } from "./normality.ts";
import { ratingSaid, type ValuePhrase, type ValueWordings, valuesSaid } from "./values.ts";

/** What a mention is read with. */
export interface MentionIndex {
  readonly phrases: PhraseIndex;
  readonly normal: readonly NormalWording[];
  childrenOf(finding: string): readonly Finding[];
  /** The value wordings of a finding. */
  values(finding: Finding): ValueWordings;
}

/** A finding stated, and where in the folded text it stands (characters). */
export interface Statement {
  readonly observed: ObservedFinding;
  readonly from: number;
  readonly to: number;
  /** How many words name it; of words that name nothing by themselves ("sore to move") one. */
  readonly words: number;
}

/** What `text` states, in the order in which it is said; what is said twice is told once, presence before absence. */
export function readMentions(index: MentionIndex, text: string): ObservedFinding[] {
  return readStatements(index, text).map(({ observed }) => observed);
}

/** As `readMentions`, with the place of each. */
export function readStatements(index: MentionIndex, text: string): Statement[] {
  const words = markWords(text);
  const hits = withoutStrayDetails(findHits(index.phrases, words), words);
  const told = new Map<string, Statement>();
  const state = (hit: Hit, observed: ObservedFinding): void => {
    const from = words[hit.positions[0]!]!.at;
    const last = words[hit.positions.at(-1)!]!;
    const known = told.get(observed.finding)?.observed;
    if (known?.state === "present" && observed.state !== "present") return;
    if (known?.values && observed.values) {
      const type = hit.childTypes?.get(observed.finding);
      if (type !== "multiple") return;
      const values = [...new Set([...known.values, ...observed.values])];
      told.set(observed.finding, { ...told.get(observed.finding)!, observed: { ...observed, values } });
      return;
    }
    const length = namesNothing(hit.phrase) ? 1 : hit.positions.length;
    const named = Math.max(told.get(observed.finding)?.words ?? 0, length);
    told.set(observed.finding, { observed, from, to: last.at + last.word.length, words: named });
  };
  const owner = ownersOf(hits, words, (id) => index.childrenOf(id).some(({ type }) => type !== "binary"));
  const seen = new Set<string>();
  hits.forEach((hit, h) => {
    const { finding, positions, negated } = hit;
    const statement = `${words[positions[0]!]!.sentence} ${negated} ${finding.id} ${hit.phrase.keys.join(" ")}`;
    if (seen.has(statement)) return;
    seen.add(statement);
    if (finding.type === "numeric") {
      const number = readMeasureNear(finding, words, positions);
      if (number !== undefined) state(hit, { finding: finding.id, state: "present", number });
      return;
    }
    if (finding.type !== "binary") {
      if (!negated) stateValues(state, hit, finding, index.values(finding), heardOf(owner.sentenceOf(h)));
      return;
    }
    const isOver = !negated && endsAfter(words, positions, hit.phrase);
    state(hit, { finding: finding.id, state: negated || isOver ? "absent" : "present" });
    const children = index.childrenOf(finding.id);
    if (negated || isOver || children.length === 0) return;
    // A wording such as "can't feel" affirms: its negation rules nothing out.
    const mine = owner.wordsOf(h).map((word) => (hit.phrase.negative ? { ...word, negated: false as const } : word));
    const heard = heardOf(mine);
    for (const child of children) stateValues(state, hit, child, index.values(child), heard);
  });
  for (const { finding, state: found, positions } of normalityHits(index.normal, words)) {
    const named = hits.filter((hit) => hit.positions.some((p) => positions.includes(p)));
    // "My temperature is normal" names the fever and takes it back; a longer name of another thing stands.
    if (
      told.has(finding.id)
        ? !named.some((hit) => hit.finding === finding)
        : named.some((hit) => hit.positions.length > 1)
    )
      continue;
    const last = words[positions.at(-1)!]!;
    told.set(finding.id, {
      observed: { finding: finding.id, state: found },
      from: words[positions[0]!]!.at,
      to: last.at + last.word.length,
      words: positions.length + 1,
    });
  }
  return [...told.values()];
}

/**
 * Without the details of a pain that general words alone would tell, of something unnamed, where another pain is
 * named before them: in "tearing in my chest, pain through to my back" the back is where the chest's pain goes, not the belly's.
 */
function withoutStrayDetails(hits: readonly Hit[], words: readonly MarkedWord[]): Hit[] {
  const named = new Set(hits.map(({ finding }) => finding.id));
  const sentenceOf = ({ positions }: Hit): number => words[positions[0]!]!.sentence;
  return hits.filter((hit) => {
    const { parent } = hit.finding;
    if (!parent || named.has(parent) || !hit.phrase.keys.includes("~pain") || !namesNothing(hit.phrase)) return true;
    return !hits.some(
      (other) =>
        !other.finding.parent &&
        sentenceOf(other) === sentenceOf(hit) &&
        other.positions[0]! < hit.positions[0]! &&
        markWords(other.finding.name).some(({ key }) => key === "~pain"),
    );
  });
}

/** Which words go with which hit: of a sentence's words each belongs to the hit that stands nearest. */
function ownersOf(hits: readonly Hit[], words: readonly MarkedWord[], hasValues: (finding: string) => boolean) {
  const bySentence = new Map<number, { words: number[]; hits: number[] }>();
  const entryOf = (sentence: number) => {
    const entry = bySentence.get(sentence) ?? { words: [], hits: [] };
    bySentence.set(sentence, entry);
    return entry;
  };
  words.forEach(({ sentence }, p) => {
    entryOf(sentence).words.push(p);
  });
  hits.forEach(({ positions }, h) => {
    entryOf(words[positions[0]!]!.sentence).hits.push(h);
  });
  const distance = (h: number, p: number): number => {
    const { positions } = hits[h]!;
    const parts = words[p]!.part === words[positions[0]!]!.part ? 0 : 3;
    let nearest = Number.POSITIVE_INFINITY;
    for (const q of positions) nearest = Math.min(nearest, Math.abs(q - p) + (q > p ? 0 : 0.5));
    return parts + nearest;
  };
  const taken = new Map<number, number[]>();
  hits.forEach(({ positions }, h) => {
    for (const p of positions) taken.set(p, [...(taken.get(p) ?? []), h]);
  });
  return {
    sentenceOf(h: number): MarkedWord[] {
      return entryOf(words[hits[h]!.positions[0]!]!.sentence).words.map((p) => words[p]!);
    },
    wordsOf(h: number): MarkedWord[] {
      const entry = entryOf(words[hits[h]!.positions[0]!]!.sentence);
      const here = words[hits[h]!.positions[0]!]!;
      const rivals = entry.hits.filter(
        (other) => !isKin(hits[other]!, hits[h]!) && hasValues(hits[other]!.finding.parent ?? hits[other]!.finding.id),
      );
      return entry.words
        .filter((p) => {
          if (taken.get(p)?.some((other) => !isKin(hits[other]!, hits[h]!))) return false;
          if (rivals.length === 0) return true;
          if (rivals.length > 24) return words[p]!.part === here.part;
          const mine = distance(h, p);
          return rivals.every((other) => distance(other, p) >= mine);
        })
        .map((p) => words[p]!);
    },
  };
}

/** Findings of one family (parent, child, siblings) do not compete for words. */
function isKin(a: Hit, b: Hit): boolean {
  const top = ({ finding }: Hit): string => finding.parent ?? finding.id;
  return top(a) === top(b);
}

/** Words in which values are looked for. */
interface Heard {
  readonly words: readonly MarkedWord[];
  readonly text: string;
  readonly keys: ReadonlySet<string>;
}

const heardOf = (words: readonly MarkedWord[]): Heard => ({
  words,
  text: words.map(({ word }) => word).join(" "),
  keys: new Set(words.map(({ key }) => key)),
});

function stateValues(
  state: (hit: Hit, observed: ObservedFinding) => void,
  hit: Hit,
  finding: Finding,
  { phrases, heads }: ValueWordings,
  { words, text, keys }: Heard,
): void {
  if (finding.type !== "categorical" && finding.type !== "multiple") return;
  const scale = ratingSaid(finding, text);
  if (!scale && ![...keys].some((key) => heads.has(key))) return;
  const telling = phrases.filter((phrase) => isTelling(phrase, keys));
  const said = scale ? [scale] : valuesSaid(telling, words).filter((value) => value !== finding.none);
  if (said.length === 0) return;
  const values = finding.type === "categorical" ? said.slice(0, 1) : said;
  const childTypes = new Map([[finding.id, finding.type]]);
  state({ ...hit, childTypes }, { finding: finding.id, state: "present", values });
}

/** One naming word without its framing words tells no value in passing: "the shivers" alone are no pattern of a fever. */
function isTelling({ keys, details }: ValuePhrase, said: ReadonlySet<string>): boolean {
  // A chest that hurts is not "aching" for that.
  if (keys.every((key) => key === "~pain")) return false;
  return keys.length > 1 || details.length === 0 || details.some((detail) => said.has(detail));
}

const OVER =
  /^(?:(?:has|have|is|are|'s|it|all|now|since|mostly) ?)*(?:gone(?: away| now)?|disappeared|cleared|resolved|settled|vanished|went (?:away|off|days|weeks|hours|yesterday|last|by itself)|better now)$/;

/** "The nausea has gone": what is over is not there. A wording that itself tells of something gone is meant as it says. */
function endsAfter(words: readonly MarkedWord[], positions: readonly number[], phrase: Hit["phrase"]): boolean {
  if (phrase.keys.includes("go") || phrase.details.includes("go")) return false;
  const last = words[positions.at(-1)!]!;
  const after: string[] = [];
  for (const { word, part } of words.slice(positions.at(-1)! + 1, positions.at(-1)! + 5)) {
    if (part !== last.part) break;
    after.push(word);
    if (OVER.test(after.join(" "))) return true;
  }
  return false;
}
