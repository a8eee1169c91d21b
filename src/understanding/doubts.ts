/** Words of doubt about what was asked: not a yes for the "I do" of "I don't know", not a no for the "no" of "no idea". */

import { fold } from "../lexicon/words.ts";
import { withoutIdioms } from "./idioms.ts";

const FILLER = "(?:(?:oh|well|um+|uh+|hm+|so|honestly|sorry|i'm afraid)[, ]+)*";
const SURE = "(?:really |quite |so |entirely |too |at all |very |100% )*(?:sure|certain)";
const KNOW = "(?:do not|don't|dont|can't|cant|cannot|can not|couldn't|could not|wouldn't|would not)";

const BEGINS = new RegExp(
  `^${FILLER}(?:i )?(?:really |just |honestly )*(?:${KNOW} (?:really |quite )?(?:know|remember|recall|tell|say)|(?:(?:am|'m) )?(?:not ${SURE}|unsure)|no (?:idea|clue)|have no (?:idea|clue)|haven't a clue|dunno|idk|maybe|perhaps|possibly|i'm not ${SURE})\\b`,
);
const ENDS = new RegExp(
  `(?:^|[,.;!-]|\\bbut) *(?:really |honestly |just |to be honest |tbh )*(?:i'm |i am )?(?:not ${SURE}|(?:i )?(?:don't|do not|dont) (?:really )?know|no (?:idea|clue)|hard to (?:say|tell)|who knows)[\\s.!]*$`,
);
const ANYWHERE = new RegExp(
  `\\b(?:not ${SURE}|unsure|${KNOW} (?:really )?(?:know|remember|recall|tell|say)|no (?:idea|clue)|dunno|idk|hard to (?:say|describe|put)|how to put|maybe|perhaps|possibly|might|sort of|kind of|who knows|i forget)\\b`,
);

export const beginsInDoubt = (said: string): boolean => BEGINS.test(said);
export const endsInDoubt = (said: string): boolean => ENDS.test(said);
/** Does a person say in `text` that they do not know? */
export const saysDoubt = (text: string): boolean => ANYWHERE.test(withoutIdioms(fold(text)));
