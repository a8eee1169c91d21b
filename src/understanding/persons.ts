/** Whom a clause speaks of: the person who writes, or somebody that they know, who may be the patient. */

const CHILD =
  "son|daughter|baby|child|toddler|infant|newborn|boy|girl|lad|kid|little one|wee one|youngest|eldest|twins?|grandson|granddaughter|grandchild";
/** One grown person, for whom somebody else may write. */
const KIN =
  "wife|husband|hubby|partner|spouse|fiance|fiancee|girlfriend|boyfriend|friend|mate|neighbou?r|colleague|flatmate|roommate|housemate|sister|brother|mother|mum|mom|mam|mummy|father|dad|daddy|grandmother|grandma|gran|granny|nan|nana|grandfather|grandad|granddad|grandpa|aunt|auntie|uncle|cousin|niece|nephew|father-in-law|mother-in-law";
const CROWD =
  "friends|mates|neighbou?rs|boss|colleagues|coworkers?|co-workers?|flatmates|roommates|housemates|sisters|brothers|siblings?|parents?|cousins|family|relatives?|teacher|class|classmates?|school|kids|children|sons|daughters|office|team|dog|cat|ex";
const LEAD =
  "(?:and |but |so |or |because |while |whereas |although |though |now |also |well |only |just |half |all |both |most |one |help |please |hi |hello )*(?:of )?";
const WHOSE =
  "(?:my|our|his|her|their|the|a|an|one of my|some of my|half of my) (?:(?:little|best|older|younger|big|old|late|new|poor|own|eldest|youngest|dear|elderly|\\w+ year old|\\w+-year-old|close|good|good old) )*";

/** Whom the clause begins with, other than the writer. */
export const PERSON = new RegExp(
  `^${LEAD}(?:${WHOSE}(?:(?<child>${CHILD})|(?<kin>${KIN})|(?<others>${CROWD}))(?:'s)?\\b|(?<bare>mum|mom|mam|dad|gran|nan|grandma|granny|grandad|granddad|grandpa|wife|husband|hubby)(?:'s)?\\b(?! here)|(?<crowd>everyone|everybody|people|others|somebody|someone|anyone|nobody else|loads of people|lots of people|half the|half of)\\b)`,
);
export const SELF =
  /^(?:and |but |so |or |because |while |whereas |although |though |now |then |also |well |only |just |yes |no |still )*(?:i|i'm|i've|i'd|i'll|im|ive|me|mine|my|myself|we|we're|our)\b/;
export const PRONOUN =
  /^(?:and |but |so |or |because |while |now |then |also |when )*(?:he|she|they|his|her|their|he's|she's|they're|who|whose)\b/;

/** What the writer says of themselves as the one who looks on, naming nothing of their own. */
const LOOKS_ON = new RegExp(
  `^(?!.*\\bmy (?!(?:\\w+ ){0,2}(?:${CHILD}|${KIN})))(?:and |but |so )*(?:(?:i|we)(?:'m| am|'re| are)? (?:really |so |very |just |quite )*(?:think|don't know|found|worried|scared|frightened|called|rang|phoned|asking|writing|can't (?:wake|get|reach|calm|feel)|with (?:him|her)|his|her|saw|heard|noticed|see)|(?:what|who) )`,
);
/** Something happens to somebody at this moment, or it is grave. */
const GRAVE =
  /\b(?:just (?:now )?(?:had|has|fell|fallen|collapsed|started|went|gone|lost)|suddenly|all of a sudden|out of nowhere|right now|on the floor|collaps\w+|unconscious|unresponsive|not respond\w*|won't wake|isn't breathing|not breathing|can't (?:breathe|speak|move|see|swallow|feel|wake|stand|lift|get)|(?:having|taken|taking|had) a (?:fit|seizure|stroke|heart attack|funny turn)|fitting|seizing|convuls\w+|chest (?:pains?|hurts|is (?:tight|crushing))|pains? in (?:his|her|the) chest|face (?:has |is |'s )?(?:\w+ )?(?:droop\w*|dropp?\w*|fallen|lopsided)|mouth (?:is |has |'s )?(?:\w+ )?(?:droop\w*|dropped|lopsided)|droop\w*|slurr\w+|confus\w+|blue|grey|bleeding|vomiting blood|coughing (?:up )?blood|swelling up|choking|struggling|gasping|short of breath|breathless|stiff neck|worst headache|(?:banged|hit|cracked|smashed) (?:his|her) head|head injury|warfarin|blood thinners?|overdose|allergic reaction|anaphyla\w+|asking for (?:my|him|her)|seeing (?:people|things)|talking nonsense|making no sense|doesn't know (?:where|who|what)|since (?:last night|this morning|yesterday|today)|tonight|this morning|carer (?:for|of))\b/;
const LONG_OVER = /\b(?:had|died|was|were|used to|got over|suffered)\b/;
const STILL =
  /\b(?:just|has|is|'s|now|suddenly|since|today|tonight|this (?:morning|afternoon|evening)|(?:an|\d+|a few|ten|twenty) (?:hour|minute)s? ago)\b/;

/**
 * Who is spoken for. A child is the patient where the patient is known to be one, and in an opening that says nothing
 * of the writer. A grown person is where such an opening tells of something grave that happens now: "my sister has
 * migraines" tells the family's history, "my dad had a stroke" too, "my husband has chest pain" calls for help.
 */
export function isPatient(
  text: string,
  clauses: readonly { readonly words: string }[],
  { patientIsChild, isOpening }: { patientIsChild: boolean; isOpening: boolean },
): (person: Partial<Record<string, string>>) => boolean {
  const opens =
    isOpening && !clauses.some(({ words }) => SELF.test(words) && !PERSON.test(words) && !LOOKS_ON.test(words));
  const grownIsPatient = opens && GRAVE.test(text) && (STILL.test(text) || !LONG_OVER.test(text));
  return ({ child, kin, bare }) =>
    child !== undefined
      ? patientIsChild || opens || /^(?:little|wee) one/.test(child)
      : grownIsPatient && (kin ?? bare) !== undefined;
}
