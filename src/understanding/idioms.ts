/** Figures of speech, put plainly so that no finding is heard in them: "my back is killing me" is a back that hurts. */

/** What is said, and what it means; a meaning keeps its length in characters where it can. */
const IDIOMS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:is|are|'s|was|were|been|be) (?:absolutely |really |literally |just )?(?:killing|murdering) me\b/g, " hurts "],
  [/\b(?:is|are|'s) (?:giving me|a) (?:real |bit of )?(?:grief|gyp|jip|hell)\b/g, " hurts "],
  [/\bsick(?: and tired|,? tired| to death)? of\b/g, " "],
  [/\btired of (?!living|life|being alive)(?=\w)/g, " "],
  [/\b(?:that|this|it|he|she|they|people|politics|work) (?:just |really )?makes? me (?:so )?sick\b/g, " "],
  [
    /(?<=\b(?:is|are|was|were|'s|such|being|be|real|total) (?:a |an |such a |a real |a right |a total )?)pain in the (?:neck|arse|ass|butt|backside|bum|a)\b/g,
    " ",
  ],
  [
    /\b(?:dying|die|died|starving|starved|dead|frozen|scared|bored|worried|frightened|freezing|tickled|laughed|laughing|boring|scaring) (?:for|of laughter|of boredom|of embarrassment|laughing|to death|to (?:know|see|meet|hear|get|have|go))(?: me)?\b/g,
    " ",
  ],
  [/\b(?:scared|bored|frightened|worried|tickled) (?:me|him|her|us) to death\b/g, " "],
  [
    /\b(?:nearly|almost|practically) (?:died|had a heart attack|had a stroke|had a fit|fainted when)(?= (?:laughing|when|of)|$|[.!])/g,
    " ",
  ],
  [/\b(?:gave|give|gives|giving) me (?:a heart attack|the shivers|the creeps|a headache just)\b/g, " "],
  [/\b(?:doing|does|did) my (?:head|nut) in\b/g, " "],
  [
    /\b(?:an arm and a leg|soft spot|weak spot|cold feet|cold shoulder|gut feeling|hot potato|head over heels|head in the clouds|butterflies in my stomach|lump in my throat when|heart of gold|change of heart|by heart|at heart|heart sank|heart broken|heartbroken|heart skipped a beat when|broke my heart|breaks my heart|off the top of my head|over my head|back of my mind|back to back|back and forth|skin deep|thick skinned|thick skin|keep an eye|eye opener|eye-opener|cry wolf|blood boil|bad blood|in cold blood|blood is thicker|bloody (?:hell|awful|annoying|good|nightmare|well|phone|thing|nuisance)|no sweat|don't sweat it|sweating over|cough up (?:the |some )?(?:money|cash)|fever pitch|cabin fever|itching to|rash decision|under the weather|numb to it|pins down|swallow my pride|hard to swallow|chip on (?:my|his|her) shoulder|burning question|burning the candle|burnt out on)\b/g,
    " ",
  ],
  [
    /\b(?:fit (?:and|as|in|for|enough|to)|(?:keep|keeping|kept|am|i'm|im|quite|very|pretty|physically|reasonably|perfectly|fairly|get|getting|stay|staying|see|fits|fitted|doesn't|not) fit|fit bit|fitbit|outfit)\b/g,
    " ",
  ],
  [/\b(?:pissed|ticked|brassed|cheesed|fed) (?:off|up)\b/g, " annoyed "],
  [/\b(?:caught|catch|catching|missed|took|take|booked) (?:a |an |the |my )?(?:flight|train|bus|plane|taxi)\b/g, " "],
  // The adverb "back" is no part of the body.
  [
    /\b(came|come|comes|coming|went|go|goes|going|got|get|gets|getting|flew|home|just|fell|bring|brought|brings|sent|given|call|called|pay|paid|look|looking|turn|turned|move|moved|fly) back (?=(?:from|to|home|again|in|after|with|on|up|at|and|i|yesterday|today|last|this|now|then)\b)/g,
    "$1 ",
  ],
  [/\b(?:i'm|im|am|is|are|'s|was|it's|its) back(?=$|[.,!]| (?:again|now|home|from|today))/g, " returned "],
  [/\ba (bit|lot|few) back\b|\b(weeks?|days?|months?|years?) back\b/g, "$1$2 ago "],
  // A cold is an infection, not being cold.
  [
    /\b(?:a|the|an? (?:bad|heavy|nasty|little|stinking|slight|common)|common|bad|heavy|head|chest) colds?\b(?! (?:sweat|shower|drink|sore|room|shiver|day|draught|wind|night|weather|water))/g,
    " catarrh ",
  ],
  // What cannot be stopped goes on.
  [
    /\b(?:can't|cannot|cant|couldn't|won't|wont|will not|doesn't|don't|didn't|hasn't|haven't|not|never) (?:seem to |quite )?(?:stop|stopped|stops|quit|quits|go away|gone away|went away|shake|shake off|get rid of|help|ease|eased|easing|get over|settle|clear up|shift)\b/g,
    " keeps ",
  ],
  [
    /\b(?:not only|not just|no doubt|no wonder|no joke|not to mention|no matter|not long|not that long|without fail|no end|nothing but|not (?:too |very )?far)\b/g,
    " ",
  ],
  [/\bas well\b/g, " too "],
  [/\b(?:hot (?:spot|shot|topic)|red hot deal)\b/g, " "],
  [
    /\b(?:hit the (?:roof|road|sack)|break a leg|pull(?:ing)? my leg|on my last legs|costs? a bomb|shoulder to cry on|stomach (?:him|her|it|that))\b/g,
    " ",
  ],
  // Of a small child, and of water and food, drinking is no alcohol.
  [
    /\b(?:won't|refuses to|isn't|not|hardly|barely|refusing to|doesn't|will not) (?:eat(?:ing)? or |eat(?:ing)? and |feed or )?drink(?:ing)?(?: anything| any milk| her milk| his milk| much)?(?=[^.!?]*$)(?<=\b(?:he|she|he's|she's|baby|son|daughter|toddler|child|boy|girl|one)\b[^.!?]{0,60})/g,
    " refuses the bottle ",
  ],
  [
    /\b(?:eat(?:ing)? and drink(?:ing)?|drink(?:ing)? (?:normally|fluids|water|enough|plenty|milk|tea|coffee|juice|fine))\b/g,
    " eating ",
  ],
  [/\bcould (?:murder|kill for)\b/g, " "],
];

/** Puts the figures of speech of folded `text` plainly. */
export function withoutIdioms(text: string): string {
  let plain = text;
  for (const [said, meant] of IDIOMS) plain = plain.replace(said, meant);
  return plain;
}
