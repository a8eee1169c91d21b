/** What a sentence may be made of: the words in which a finding or a fact of the case can be told. Compares stems. */
import {
  type Finding,
  type FindingValue,
  type ObservedFinding,
  spokenValue,
  stem,
  wordsOf,
} from "../../../src/index.ts";

export interface Support {
  readonly stems: ReadonlySet<string>;
  /** All of it, for phrases: plain words between spaces. */
  readonly text: string;
}

export function supportOf(texts: readonly string[]): Support {
  return { stems: stemsOf(texts), text: ` ${texts.map(plain).join(" | ")} ` };
}

export function joined(a: Support, b: Support): Support {
  return { stems: new Set([...a.stems, ...b.stems]), text: `${a.text}|${b.text}` };
}

/** Words in which `finding` can be told as `observed` has it. */
export function wordingsOf(finding: Finding, observed: ObservedFinding): string[] {
  const { name, question, synonyms, unit = "" } = finding;
  return [
    name,
    question,
    ...synonyms,
    ...answersOf(finding, observed),
    ...givenValues(finding, observed).flatMap((value) => [spokenValue(value.name), ...value.synonyms]),
    ...(observed.number === undefined ? [] : [`${observed.number} ${unit}`]),
  ];
}

/** The knowledge base's own sentences for it. */
export function answersOf(finding: Finding, observed: ObservedFinding): string[] {
  if (observed.state === "unknown") return [];
  const given = givenValues(finding, observed);
  if (given.length > 0) return given.flatMap(({ answer }) => answer ?? []);
  return finding.answers?.[observed.state] ?? [];
}

function givenValues({ values, none }: Finding, observed: ObservedFinding): FindingValue[] {
  return values.filter(({ id }) => (observed.state === "present" ? observed.values?.includes(id) : id === none));
}

/** Lower case, without punctuation: for comparing sentences and phrases. */
export function plain(text: string): string {
  return wordsOf(text).join(" ");
}

export function stemsOf(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap(wordsOf).map(stem));
}
