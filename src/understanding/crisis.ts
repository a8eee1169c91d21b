/**
 * Thoughts of suicide and self-harm in a message, the person's own or somebody else's. Wide on purpose: a false alarm
 * costs a kind sentence. A plain denial ("I'd never hurt myself") is told apart; figures of speech do not count.
 */

import { matchesOf } from "../lexicon/matches.ts";

export interface Crisis {
  /** `own`: the person who writes; `other`: somebody they write of; `denied`: the person says that it is not so. */
  readonly kind: "own" | "other" | "denied";
}

const SELF = "(?:my|your|him|her|it|one)self|themsel(?:f|ves)|ourselves|me self";
const LIFE = "(?:my|his|her|their|your|our)(?: own)? life";
const GOING_ON =
  "(?:be(?:ing)? (?:here|alive|around)|(?:go|going|keep|keeping|carry|carrying|keep on|keeping on) (?:on|going)|stay(?:ing)? (?:here|alive|around)|liv(?:e|ing)|wak(?:e|ing) up|get(?:ting)? up|exist(?:ing)?)\\b(?! (?:with|to (?:the|work)|taking|this|these|in|near|at|on|for (?:work|school)|so|early))";
const HEIGHTS =
  "(?:roof|rooftop|ledge|bridge|railings?|balcony|cliff|parapet|overpass|platform|railway|railway line|tracks?|rails|edge)";
const DRUGS =
  "(?:pills|tablets|capsules|painkillers|paracetamol|ibuprofen|aspirin|tylenol|codeine|co-codamol|meds|medication|medicine|antidepressants|sleepers|insulin)";
/** What always speaks of it. */
const PLAIN = [
  `\\b(?:kill|killing|hang|hanging|shoot|shooting|drown|drowning|poison|poisoning|stab|stabbing) (?:${SELF})\\b`,
  `\\b(?:end|ending|take|taking) ${LIFE}\\b`,
  "\\bsuicid(?:e|al|ality)\\b",
  "\\bself[- ]?harm(?:s|ed|ing)?\\b",
  `\\b(?:cutting|burning|hurting|harming) (?:${SELF})\\b(?! (?:at work|by accident|accidentally|while|when|on the|shaving|cooking))`,
  `\\b(?:hurt|harm|cut|burn|do something to|do away with|get rid of) (?:${SELF}) (?:on purpose|deliberately|again|to cope|badly)\\b`,
  `\\b(?:hurt|harm|injure) (?:${SELF}) (?:or|and) (?:others|somebody|someone|die)`,
  `\\b(?:want|wants|wanted|wanna|going|gonna|plan|plans|planning|planned|try|tries|tried|trying|think|thinks|thinking|thought|thoughts|urge|urges|afraid|scared|feel like|feels like|feeling like|might|will|would|'ll|threatens?|threatening|talks?|talking)\\b[^.!?]{0,24}\\b(?:hurt|hurting|harm|harming|cut|cutting|kill|do away with|top|off|unalive)(?:ing)? (?:${SELF})\\b`,
  "\\b(?:want|wants|wanted|wanna|wish(?:es)?|rather|ready|prepared|hoping|hope|pray(?:ing)?) (?:to |i could |i would |i'd |he could |she could )?(?:just )?(?:die|be dead|not exist|disappear forever|never wake up|not wake up|not be alive|not be here)\\b",
  "\\b(?:i )?(?:wish|wishes) (?:that )?(?:i|he|she|they) (?:was|were|wasn't|weren't|had never been|hadn't been|'d never been) (?:dead|never born|born|here|alive)\\b",
  "\\b(?:better off|better) (?:dead|if i (?:was|were|wasn't|weren't) (?:dead|gone|here|around)|without me)\\b",
  "\\b(?:don't|dont|do not|doesn't|didn't|not) (?:really )?(?:want|wanna|wish|deserve) (?:to )?(?:live|be alive|be here|exist|go on living|wake up|be on this (?:earth|planet))\\b",
  "\\b(?:no|what's the|what is the|see no|not much|isn't any|any) (?:more )?(?:reason|point|sense|use)(?: left)?(?: for me)? (?:to|in|of) (?:go on |going on |keep |carry on |carrying on |be |being )?(?:liv|alive|here any)",
  "\\b(?:nothing|no reason|not much) (?:left )?to live for\\b|\\blife (?:is not|isn't|isnt|has no|is no longer) worth (?:living|it)\\b|\\bnot worth living\\b",
  "\\b(?:tired|sick|weary|done) (?:of|with) (?:living|life|being alive)\\b",
  "\\bend (?:it all|it|everything|things)(?= ?(?:[.,!?;]|$|tonight|today|now|soon|because|by))|\\bending it(?: all)?\\b|\\bend it all\\b",
  "\\b(?:took|taken|taking|take|swallowed|swallow) (?:an |a (?:massive |big |huge )?)?overdose\\b|\\b(?:overdosed|od'd)\\b",
  "\\b(?:took|taken|taking|take|swallowed|swallow)\\b[^.!?]{0,30}\\b(?:pills|tablets|paracetamol|medication|meds)\\b[^.!?]{0,40}\\b(?:die|end it|be over|it all|to stop|not wake up|stop everything)\\b",
  "\\b(?:sleep|bed)\\b[^.!?]{0,20}\\b(?:and|to) (?:not|never) wake up\\b",
  "\\b(?:jump|jumping|throw (?:my|him|her)self|step|walk)(?:ing)? (?:off|from|in front of|under|into) (?:a |the |of )*(?:bridge|roof|building|train|cliff|balcony|traffic|car|lorry|window|platform)",
  "\\b(?:say|saying|said|wrote|writing|written) (?:my |his |her |a )?(?:goodbyes|goodbye (?:letter|note|to everyone))\\b|\\b(?:goodbye|farewell|suicide) (?:notes?|letters?|messages?|videos?)\\b",
  "\\bslit (?:my|his|her|their) (?:wrists?|throat)\\b|\\b(?:put|rope|noose)\\b[^.!?]{0,12}\\b(?:around|round) (?:my|his|her) neck\\b",
  "\\b(?:can't|cannot|cant) (?:go on|carry on|do this|take (?:it|this)) (?:living|any ?more|any longer)\\b[^.!?]{0,30}\\b(?:die|end|dead|life|over)\\b",
  "\\b(?:world|family|kids|children|everyone|everybody|they)(?: (?:would|will|'d|'ll))? be (?:so much )?better (?:off )?(?:without|if i)\\b",
  "\\b(?:easier|better|happier|best)\\b[^.!?]{0,20}\\bif (?:i|he|she|they) (?:just |simply )?(?:was|were|wasn't|weren't|was not|were not|stopped) (?:not )?(?:around|here|there|alive|gone|dead|existing|breathing)\\b",
  "\\b(?:not|n't|no longer) (?:want (?:to )?)?be(?:ing)? (?:around|here) (?:any ?more|any longer|much longer)\\b",
  "\\b(?:drive|crash|run|steer|walk|jump|step|driving|crashing|walking)\\b[^.!?]{0,14}\\b(?:into|off|in front of|under) (?:a |the |an |oncoming )*(?:wall|tree|bridge|cliff|traffic|train|lorry|truck|car|bus|sea|river)\\b",
  // What somebody goes on for.
  `\\b(?:(?:don't|dont|do not|can't|cannot|can not|hardly|no longer|struggling to|stopped) (?:really )?(?:see|seeing|find|have|got)|there(?:'s| is| isn't)|no|what's|what is) (?:a |the |any |much |no |more )*(?:reason|point|sense|use)(?: left)?(?: of me| in me| for me)? (?:to|in|of|for) ${GOING_ON}`,
  "\\b(?:had|have had|have) enough of (?:life|living|being (?:alive|here|on this earth))\\b|\\bdone with (?:life|it all|everything)\\b",
  "\\bwant (?:it|this|everything)(?: all)? (?:to )?(?:just )?(?:stop|end|be over|go away) (?:for good|forever|for ever|permanently|once and for all)\\b|\\bwant (?:it all|everything) to (?:stop|end|be over)\\b",
  "\\b(?:hope|hoping|pray|praying|wish) (?:that )?i (?:just )?(?:don't|do not|won't|never|wouldn't|didn't) (?:ever )?wake up\\b(?! (?:with|in|sick|again at|feeling|at|for|tired|late|during|so|too|needing))",
  "\\b(?:nobody|no one|noone) (?:would|will|'d) (?:even )?(?:miss me|notice if i)\\b|\\bi (?:won't|will not) be (?:here|around) (?:much longer|tomorrow|any ?more|for long|next week)\\b",
  "\\b(?:fall asleep|go to sleep|sleep) (?:and )?(?:forever|for ever|for good)\\b|\\b(?:saving|saved|saving up|saved up|stockpil\\w+|hoard\\w+|collecting) (?:up )?(?:all |enough |lots of |loads of )?(?:my |the |her |his )?(?:pills|tablets|meds|medication|painkillers)\\b|\\b(?:got|have|bought) (?:a|the) (?:rope|noose) (?:ready|tied)\\b",
  "\\b(?:planned|planning|plan|picked|chosen|decided) (?:on )?(?:how|when|where|the day) (?:i(?:'ll| will|'m going to| am going to)|to) (?:do it|die|go|end it)\\b|\\bkms\\b",
  // Where somebody stands who may jump.
  `\\b(?:on|over|off) (?:the|a) (?:\\w+ )?${HEIGHTS}\\b[^.!?]{0,50}\\b(?:jump|jumping|let go|letting go|end it|goes over|say(?:ing)? goodbye)\\b|\\b(?:say|says|saying|said|threatens?|threatening) (?:that )?(?:she|he|they|i)(?:'ll| will|'s going to| is going to|'m going to|'d| would) jump\\b`,
  `\\b(?:standing|stood|sitting|sat|up|i'm|am|here) (?:up )?(?:on|at) (?:the|a) (?:edge of (?:the|a) )?(?:\\w+ )?${HEIGHTS}\\b[^.!?]{0,60}\\b(?:(?:don't|do not|won't|will not|not)(?: think)?[^.!?]{0,16} (?:get on|getting on|go home|going home|come down|coming down|come home|coming home|come back|coming back)|thinking (?:of|about) (?:jumping|stepping|letting go)|nothing to lose|can't (?:do|take) (?:this|it) any ?more)\\b`,
  // More than anybody takes as medicine, or somebody else's.
  `\\b(?:took|taken|taking|swallowed|swallow|necked|downed|ate)\\b (?:all|loads|lots|too many|a whole|the whole|a load|a handful|handfuls|a bunch|a bottle|a packet|a box|the rest)(?: (?:of|lot of|pack of|packet of|packets of|bottle of|box of|strip of))?(?: the| my| her| his| their| our| these| those| mum's| mom's)*(?: \\w+(?:'s)?)?(?: sleeping| strong| prescription)? ${DRUGS}\\b(?! (?:as |on time|today|this morning|with |regularly|like |properly|every|except|apart|for |this week|yesterday|and still|and i still|but|now|prescribed|i was))`,
  `\\b(?:took|taken|swallowed|necked|downed)\\b[^.!?\\d]{0,12}\\b(?:[1-9]\\d{1,2}|twenty|thirty|forty|fifty|sixty|a hundred) (?:of (?:my|her|his|the|mum's) |my |sleeping |strong )*(?!mg|mcg|ml|milli|gram|day|week|month|year|minute|hour|unit|step)(?:\\w+ )?${DRUGS}\\b`,
  "\\b(?:can't|cannot|don't) see (?:a |any )?(?:way out|future|reason to go on|point any ?more)\\b|\\bno way out but\\b|\\b(?:give|giving|given) up on life\\b",
];
const CRISIS = new RegExp(PLAIN.map((each) => `(?:${each})`).join("|"), "g");

/** Said of what is over, long ago or not meant. */
const NOT_MEANT =
  /\b(?:(?:my|our|his|her|a) (?:late |old |best )?\w+ (?:took an overdose|overdosed|(?:tried to|attempted to) (?:kill|hang|drown|shoot) (?:him|her)self|attempted suicide|(?:killed|hanged|shot|drowned) (?:him|her)self)(?= (?:when (?:i|he|she) was|(?:\w+ ){1,3}(?:years|decades) ago|years ago|back in|in (?:19|20)\d\d|last year))|committed suicide|died (?:by|of|from) suicide|suicide (?:squad|prevention|rate|mission|note in)|lost \w+ \w* ?to suicide|(?:kill|shoot) (?:myself|me) (?:for forgetting|laughing)|dying (?:for|to))\b/g;
const DENIAL =
  /\b(?:no|not|never|without|deny|denies|denied|don't|dont|didn't|haven't|hasn't|wouldn't|won't|isn't|doesn't|neither|nor|'d never|wouldnt)\b(?! (?:stop|help|sure|know|only|just|promise|trust|certain|rule|see|want to (?:live|be here)))/;
const OTHER =
  /\b(?:my|our|his|her|their|the|a) (?:\w+ ){0,2}?(?:son|daughter|child|kid|boy|girl|baby|teenager|husband|wife|partner|boyfriend|girlfriend|friend|mate|brother|sister|mother|mum|mom|father|dad|grandm\w+|grandf\w+|gran|grandpa|uncle|aunt|cousin|niece|nephew|neighbou?r|colleague|flatmate|roommate|student|patient|ex)\b|\b(?:he|she|they|someone|somebody|mum|mom|dad|gran|nan|grandma|grandad|grandpa|hubby)\b(?!'s)/;
/** Whose medicine it is says not who took it. */
const OWNER = new RegExp(`\\b(?:my|his|her|their|our) \\w+'s (?=(?:\\w+ )?${DRUGS})`, "g");
const FIRST = /\b(?:i|i'm|i've|i'd|i'll|im|ive|me|myself|my own|my life)\b/;

/** Reads folded `text`; undefined where it does not speak of it at all. */
export function readCrisis(text: string): Crisis | undefined {
  const said = text.replace(NOT_MEANT, " ");
  let found: Crisis | undefined;
  for (const at of matchesOf(CRISIS, said)) {
    const clause = clauseAround(said, at.index, at.index + at[0].length);
    const before = clause.text.slice(Math.max(0, clause.start - 60), clause.start);
    const denied = DENIAL.test(before);
    if (denied) found ??= { kind: "denied" };
    else {
      const own =
        FIRST.test(at[0]) || (!OTHER.test(clause.text.replace(OWNER, "")) && !/\b(?:him|her|them)sel/.test(at[0]));
      // The person's own danger outweighs another's.
      if (own) return { kind: "own" };
      found = { kind: "other" };
    }
  }
  return found;
}

const BREAK = /[.!?;\n]|\bbut\b|\bhowever\b|,(?= (?:i|i'm|he|she|my)\b)/g;
/** A clause is looked for this many characters to each side. */
const WINDOW = 300;

/** The clause that holds the span: it ends at a stop, at "but" and at a comma before a new subject. */
function clauseAround(text: string, from: number, to: number): { text: string; start: number } {
  const first = Math.max(0, from - WINDOW);
  let [start, end] = [first, Math.min(text.length, to + WINDOW)];
  for (const at of matchesOf(BREAK, text.slice(start, end))) {
    const index = first + at.index;
    if (index + at[0].length <= from) start = index + at[0].length;
    else if (index >= to) {
      end = index;
      break;
    }
  }
  return { text: text.slice(start, end), start: from - start };
}
