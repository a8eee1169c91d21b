/** Figures of speech, put plainly so that no finding is heard in them: "my back is killing me" is a back that hurts. */

/** What is said, and what it means; a meaning keeps its length in characters where it can. */
const IDIOMS: readonly (readonly [RegExp, string])[] = [
  // Short cuts of the keyboard, and of speech.
  [/(?<=[a-z]) (?:&|n|'n'|'n|n') (?=[a-z])/g, " and "],
  [/ \+ /g, " , "],
  [
    /\bme (?=(?:\w+ )?(?:head|belly|tummy|guts|stomach|back|chest|throat|neck|skin|heart|life|nose|mouth|side|hips?|knees?|legs?|foot|feet|arms?|hands?|eyes?|ears?|ankles?|shoulders?|waterworks|wee|bowels)\b)/g,
    "my ",
  ],
  [/\bscratch that\b/g, "correction"],
  // Not to know, in all its colours.
  [
    /\b(?:not (?:a|got a) (?:scooby|clue|notion|baldy)|(?:i )?(?:haven't|have not|ain't|hadn't) (?:got )?(?:the|a|an) (?:foggiest|faintest|slightest|scooby|clue|idea|notion)(?: idea| clue| notion)?|(?:beats|search) me|buggered if i know|your guess is as good as mine|(?:god|lord|heaven|goodness) (?:only |alone )?knows|(?:i )?(?:don't|do not|can't|cannot|couldn't) (?:rightly|honestly|properly|for the life of me|actually|even|truly) (?:recall|remember|know|say|tell)|(?:i )?couldn't (?:rightly |really )?tell (?:you|ya)|(?:i )?wouldn't know|how (?:would|should|can|could|do|am) i (?:even |possibly |supposed to |meant to )*(?:tell|know)|(?<=\bso )i (?:can't|couldn't|cannot) (?:see|tell|check|look)(?= *(?:[.,;!]|$))|(?:i )?(?:can't|cannot|couldn't) decide|(?:i'm |am )?in two minds|(?:i )?can't make (?:out|up my mind))\b/g,
    "not sure",
  ],
  [
    /\b(?:can't|cannot|couldn't|wouldn't like to|not able to) (?:really )?(?:say|tell|speak) (?:about|as to|for|if|whether)\b/g,
    "not sure about",
  ],
  // "I wouldn't call it a cough": it is none.
  [
    /\b(?:i )?(?:wouldn't|would not|wouldnt) (?:exactly |really |quite |ever )?(?:say|call)(?= \w)(?! (?:no|about|for|if|whether)\b) ?(?:that |it's |it is |it was |it |i'm |i am |i have |i've |i get |there's |there is |them )*/g,
    " not ",
  ],
  // To feel faint on standing is not to faint; elsewhere it is taken for a faint, to be on the safe side.
  [
    /\b(feel|feels|feeling|felt|go|goes|going|went|come over|came over) (?:very |a bit |a little |quite |all |really |so |like )?faint(?= (?:when|whenever|if|as soon as|after|on) (?:i |he |she )?(?:get|gets|got|getting|stand|stands|stood|standing|rise)\b)/g,
    "$1 dizzy",
  ],
  // What did not quite happen.
  [
    /\b(?:very )?(?:nearly|almost|practically|all but) (?:blacked out|passed out|pass out|faint|fainted|collapsed|threw up|throw up|vomited|was sick|been sick|puked|chucked up|choked|fell over|fell|died|wet myself|drowned)\b/g,
    " ",
  ],
  [
    /\bnothing(?:'s| has| had| have)? (?:actually |really |ever )?(?:come|came|comes|coming) (?:back )?up\b(?! (?:on|in|at|from))/g,
    " no vomit ",
  ],
  // Nothing is denied by these.
  [
    /\bwithout (?:any |even |really |actually |so much as )*(?:diet|dieting|trying|effort|let[ -]?up|fail|warning|a break|a pause|pause|stopping|meaning to|reason|cause|knowing|thinking|being asked|noticing|doing anything|changing anything|exercise|exercising)\b/g,
    " ",
  ],
  [
    /\bno (?:let[ -]?up|rhyme or reason|particular (?:reason|pattern|time|cause)|(?:real |clear |set |fixed )?pattern|end in sight|exception|reason|rush|problem with that)\b(?=[^a-z]*[a-z])/g,
    " ",
  ],
  [
    /\b(?:can't|cannot|couldn't|not) (?:\w+ ){1,3}for (?:a|one|even a|more than a) (?:second|minute|moment)\b/g,
    " restless ",
  ],
  [
    /\b(?:never (?:had|got|felt|seen) (?:it|this|that|one|anything like (?:it|this|that))(?: before| in my life|(?= *(?:[.,;!]|$)))|(?:this is |it's |it is |is |was )?(?:my |the |very )*first time(?: ever| i've (?:had|felt) (?:it|this)| for this| (?:this|it) has happened)?(?= *(?:[.,;!]|$)))/g,
    " no attacks before ",
  ],
  // As it should be.
  [
    /\b(?:full of (?:beans|energy|life|the joys)|right as rain|fit as a (?:fiddle|flea)|never (?:felt )?better|fighting fit|fresh as a daisy|(?:in )?(?:fine fettle|tip top shape)|(?:on )?top form|bouncing off the walls|(?:running|charging|tearing|racing|haring) (?:a)?round\b(?! (?:my|the (?:house|clock)|after))|regular as clockwork|works? like clockwork|(?:is |are |'s )?behaving(?: itself| themselves)?)(?![a-z])/g,
    " is fine ",
  ],
  [
    /\b(?:the )?same as (?:it )?(?:ever(?: was)?|always|usual|normal|before|(?:it )?(?:always )?was|last \w+|other people|anyone(?: else)?|everyone(?: else)?)\b/g,
    " normal ",
  ],
  [
    /\b(?:had|has|have|having|got|getting|gets|given) (?:had )?(?:all|every one) (?:of )?(?:my|his|her|their|the|our) (?:\w+ )?(?:jabs|vaccines|vaccinations|shots|immunisations|immunizations|boosters)\b/g,
    " no missed vaccinations ",
  ],
  // Pain by other names, and what only sounds like it.
  [/\bit kills me to (?:say|think|see|admit|leave|watch|ask)\b/g, " "],
  [/\b(?:kills|murders) me\b/g, " hurts "],
  [
    /\bhead(?:'s| is| was| has been)? (?:been )?(?:really |just |absolutely )?(?:banging|bangin|thumping|hammering|splitting)\b/g,
    "head is aching",
  ],
  // A bitten tongue alone is no sign of a fit.
  [
    /(?<!\b(?:shak|jerk|stiff|fit|seiz|unconscious|passed out|blacked|woke|collaps|convuls)[\s\S]{0,200})\b(?:bit|bitten|biting) (?:down on )?(?:my|his|her) (tongue|cheek|lip)\b(?![\s\S]{0,200}(?:shak|jerk|stiff|\bfit|seiz|unconscious|passed out|blacked|woke|came (?:round|to)|collaps|convuls))/g,
    "hurt my $1",
  ],
  [
    /(?<!\blike (?:\w+ ){0,4})\b((?:kicked|hit|knocked|butted|trampled|thrown|bitten)(?: \w+){0,4}) by (?:a|the|my|his|her|our) (?:horse|pony|donkey|cow|bull|ram|goat|sheep)\b/g,
    "$1",
  ],
  [/\bstabbing (?=(?:pain|ache|sensation|feeling)s?\b)/g, "sharp "],
  [
    /\b(?:makes?|made|making) me (?:want to|wanna|feel like) (?:throwing up|throw up|vomit|vomiting|puke|puking|be sick|being sick|scream|cry|screaming|crying)\b/g,
    " ",
  ],
  [
    /(?<=\b(?:sneez|cough|laugh|scream|danc|work|scratch|cry|shout|talk)(?:ing|ed) )(?:my|his|her) (?:head|guts|lungs?|eyes|socks|arse|heart|insides|backside|face) (?:off|out|up)\b/g,
    "a lot",
  ],
  [
    /(?<=\b(?:laugh(?:ed|ing)?|cough(?:ed|ing)?|sneez(?:ed|ing|e)|cr(?:ied|ying)|work(?:ed|ing)?|push(?:ed|ing)?|strain(?:ed|ing)?|vomit(?:ed|ing)?|ran|try|trying|tried|train(?:ed|ing)?|concentrat(?:e|ed|ing)|study|studying|rub(?:bed|bing)?) )(?:so |really |very |too |pretty )?hard\b/g,
    " ",
  ],
  [/\b(?:i )?could (?:just |have )?(?:die|cry|scream|died|cried|screamed)\b/g, " "],
  [
    /\b(?:running|dribbling|dripping|pouring|trickling|streaming|rolling) down (?=(?:my|his|her|the) )/g,
    "dribbling on ",
  ],
  [
    /\b(?:line|mark|sound|smell|light|print|scar|trace)s? (?:is|was|are|were) (?:so |very |really |quite )?faint\b|\bfaint (?=(?:line|mark|sound|smell|light|print|scar|trace)s?\b)/g,
    " unclear ",
  ],
  [
    /\b(?:cant|can't|cannot|couldn't|could not|can hardly|can barely|struggling to|struggle to|trying to|fighting to|hard to) (?:get|catch|draw) (?:my|his|her|a|any|enough|their)(?: own| full| deep| proper| good)? (?:breath|air)\b/g,
    "can't breathe",
  ],
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
  // Nor is the adverb "right" a side.
  [
    /(?<!\b(?:the|my|his|her|lower|upper|or|and|far) )\bright (?=(?:down|across|through|in|on|up|at|along|round|around|behind|under|over|from|between|below|above|where|here|there|now|away|after|before|as|into)\b)/g,
    " ",
  ],
  // The adverb "back" is no part of the body.
  [
    /\b(came|come|comes|coming|went|go|goes|going|got|get|gets|getting|flew|home|just|fell|bring|brought|brings|sent|given|call|called|pay|paid|look|looking|turn|turned|move|moved|fly) back (?=(?:from|to|home|again|in|after|with|on|up|at|and|i|yesterday|today|last|this|now|then)\b)/g,
    "$1 ",
  ],
  [/\b(?:i'm|im|am|is|are|'s|was|it's|its) back(?=$|[.,!]| (?:again|now|home|from|today))/g, " returned "],
  [/\ba (bit|lot|few) back\b|\b(weeks?|days?|months?|years?) back\b/g, "$1$2 ago "],
  // A pressing pain is one that presses; "pressing on it hurts" is not meant.
  [/\bpressing (?=(?:\w+ )?(?:pain|ache|feeling|sensation)\b)/g, "squeezing "],
  [
    /(?<=\b(?:pain|ache|it)(?: is|'s| feels| was)(?: \w+)? )pressing(?= *(?:$|[.,;!]|(?:and|but|like)\b))/g,
    "squeezing",
  ],
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
  // To see is a word of every sentence; an eye that cannot, or what sees no more, is blind.
  [
    /\b(?:can't|cannot|can not|couldn't) see (?:anything |a thing )?(?:out of|from|with|through|in) (?:my |the |one )(?:left |right |other )?eye\b/g,
    "blind in one eye",
  ],
  [/\b(?:can't|cannot|couldn't) see (?:anything )?any ?more\b/g, "gone blind"],
  [
    /\bsuddenly (?:can't|cannot|couldn't) see\b|\b(?:can't|cannot|couldn't) see (?:anything )?(?:suddenly|all of a sudden)\b/g,
    "gone blind suddenly",
  ],
];

/** Any of them: most messages have none. */
const ANY = new RegExp(IDIOMS.map(([said]) => `(?:${said.source})`).join("|"));

/** Puts the figures of speech of folded `text` plainly. */
export function withoutIdioms(text: string): string {
  if (!ANY.test(text)) return text;
  let plain = text;
  for (const [said, meant] of IDIOMS) plain = plain.replace(said, meant);
  return plain;
}
