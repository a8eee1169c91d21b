/** Sentences a patient says where the knowledge base gives none: made of the question that was asked. */

const SHORT: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  do: ["Yes, I do.", "No, I don't."],
  have: ["Yes, I have.", "No, I haven't."],
  are: ["Yes, I am.", "No, I'm not."],
  did: ["Yes, I did.", "No, I didn't."],
  were: ["Yes, I was.", "No, I wasn't."],
};
const NEGATED: Readonly<Record<string, string>> = {
  do: "I don't",
  have: "I haven't",
  are: "I'm not",
  did: "I didn't",
  were: "I wasn't",
};
const AFFIRMED: Readonly<Record<string, string>> = {
  do: "I",
  have: "I have",
  are: "I am",
  did: "I did",
  were: "I was",
};

/** "Yes, I do." and "No, I don't." in the verb of the question. */
export function shortAnswers(question: string): readonly [yes: string, no: string] {
  const asked = /^(\w+) you\b/i.exec(question);
  return (asked && SHORT[asked[1]!.toLowerCase()]) ?? ["Yes.", "No."];
}

/**
 * The question turned into a statement about oneself, without a full stop: "Do you have a fever?" gives "I have a
 * fever" or "I don't have a fever". Undefined where the question is not of that form.
 */
export function statementOf(question: string, affirmed: boolean): string | undefined {
  const plain = question
    .replace(/\s*\([^)]*\)+/g, "")
    .replace(/^does the person /i, "Do you ")
    .replace(/\s*[?.:]\s*$/, "");
  const ofMine = /^(is|are) your (\w+) (?!or |and )(.+)$/i.exec(plain);
  if (ofMine) return `my ${ofMine[2]} ${ofMine[1]!.toLowerCase()}${affirmed ? "" : " not"} ${firstPerson(ofMine[3]!)}`;
  const asked = /^(do|have|are|did|were) you (.+)$/i.exec(plain);
  if (!asked) return undefined;
  const verb = asked[1]!.toLowerCase();
  const rest = asked[2]!.replace(/,? or (?:do|have|are|did|were|has|is) .*$/i, "").replace(/\byou or\b.*$/i, "");
  if (/\byou\b/i.test(rest)) return undefined;
  const ever = /^ever\s+/i;
  if (affirmed) return `${AFFIRMED[verb]} ${firstPerson(rest.replace(ever, "").replace(/\bany\b\s*/i, ""))}`;
  if (ever.test(rest)) return `I ${verb === "have" ? "have " : ""}never ${firstPerson(rest.replace(ever, ""))}`;
  return `${NEGATED[verb]} ${firstPerson(rest)}`;
}

/** True where a question is simple enough for its statement to sound natural. */
export function isSimple(question: string): boolean {
  return !/,| or | and /i.test(question) && question.split(/\s+/).length <= 10;
}

function firstPerson(text: string): string {
  return text.replace(/\byourself\b/gi, "myself").replace(/\byour\b/gi, "my");
}
