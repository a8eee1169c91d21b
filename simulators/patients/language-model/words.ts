/** A model's text as a patient's words: what is said aloud, sentence by sentence, and which words tell something. */
import { fold, stem, strengthOf, type TimeSaid, timesSaid, wordsOf } from "../../../src/index.ts";
import { stemsOf } from "./support.ts";

/** What was written for the part, without thoughts, stage directions, the speaker's name and quotes. */
export function spokenWords(text: string): string {
  return text
    .replace(/<think>[\s\S]*?(?:<\/think>|$)/gi, " ")
    .trim()
    .replace(/^(?:the )?patient\s*:\s*/i, "")
    .replace(/^["“](.*)["”]$/s, "$1")
    .replace(/\*[^*\n]{1,80}\*/g, " ")
    .trim();
}

export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?…])\s+|\s*\n+\s*/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

/** Words that frame a statement, yet tell when, how long or where. */
const TELLING = stemsOf([
  "second minute hour day week month year today first last sudden suddenly regular regularly left right",
]);
/** Words of talk that state nothing a clinician would write down. */
const EVERYDAY = stemsOf([
  "really actually honestly honest quite rather pretty bit little lot guess suppose reckon sure certain maybe perhaps",
  "probably possibly exactly definitely simply basically mostly far idea clue true right correct afraid worry worried",
  "concerned bother annoying unpleasant awful horrible terrible bad nasty strange odd weird hard difficult describe",
  "explain put word mention notice remember recall forget aware understand imagine hope help appreciate serious",
  "important nurse ma'am sir yep yeah nope nah um uh er hmm hm ah oh stuff luckily thankfully unfortunately",
  "fortunately glad frighten frightening scary either like nothing anymore though although mean doing fine nice keep start started begin happened always",
]);

/** Stems of the words that say something of the patient, without those of times that `isTrue`. */
export function tellingWords(sentence: string, isTrue: (time: TimeSaid) => boolean): string[] {
  let rest = fold(sentence);
  for (const time of timesSaid(rest)) {
    if (isTrue(time)) rest = rest.slice(0, time.from) + " ".repeat(time.to - time.from) + rest.slice(time.to);
  }
  return wordsOf(rest)
    .filter((word) => strengthOf(word) === "strong" || TELLING.has(stem(word)))
    .map(stem)
    .filter((word) => !EVERYDAY.has(word));
}
