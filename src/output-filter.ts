/**
 * What no output may hold: advice to take, stop or change a drug, and any dose. Code, outside every model, lexical and
 * strict. Questions about what somebody takes are history-taking and allowed; measurements of the body are no doses.
 */

export interface FilteredText {
  /** The text without its forbidden sentences. */
  readonly text: string;
  /** The sentences left out. */
  readonly removed: readonly string[];
}

const DRUG = [
  "aspirin|ibuprofen|paracetamol|acetaminophen|naproxen|diclofenac|tylenol|advil|aleve|motrin|codeine|tramadol",
  "morphine|fentanyl|oxycodone|methadone|opioids?|opiates?|insulin|metformin|warfarin|heparin|\\w+(?:parin|xaban|gatran)",
  "clopidogrel|\\w+(?:statin|sartan|prazole|olol|pril|dipine|thiazide|cillin|mycin|micin|cycline|floxacin|azole|vir|mab)",
  "\\w+(?:pam|zolam|triptan|gliptin|gliflozin|glutide|tidine|oxetine|traline|setron|sone|solone|caine|barbital)",
  "lithium|digoxin|furosemide|spironolactone|salbutamol|albuterol|nitro(?:glycerin)?e?|epinephrine|adrenaline|epi-?pen",
  "citalopram|venlafaxine|bupropion|mirtazapine|amitriptyline|quetiapine|haloperidol|ketamine|cannabis|melatonin|nsaids?",
  "loperamide|imodium|benadryl|diphenhydramine|\\w*(?:histamines?|rizine|ratadine)|antacids?|laxatives?|decongestants?",
  "anti-?biotics?|anti-?virals?|anti-?coagulants?|anti-?depressants?|anti-?psychotics?|anti-?inflammator(?:y|ies)|beta[- ]?blockers?",
  "statins?|steroids?|corticosteroids?|blood thinners?|pain ?killers?|pain ?(?:relief|relievers?)|sedatives?|sleeping (?:pills?|tablets?)|vaccines?",
  "drugs?|medicines?|medications?|meds|tablets?|pills?|capsules?|doses?|dosages?|inhalers?|puffers?|prescriptions?|injections?",
  "remed(?:y|ies)|treatments?|supplements?|vitamins?|drops|sprays?|ointments?|suppositor(?:y|ies)|contraceptives?|hormones|herbs?",
].join("|");
const CHANGE = [
  "take|taking|takes|swallow|use|using|try|start|starting|begin|stop|stopping|skip|avoid|quit|discontinue|halt|pause|hold|withhold",
  "increase|increasing|decrease|decreasing|reduce|reducing|double|doubling|halve|halving|lower|raise|adjust|change|changing|switch|replace",
  "continue|keep|resume|restart|give|apply|inject|inhale|chew|drop|cut down|taper|wean|come off|go off|get off|go on|put (?:him|her|yourself) on|get yourself|buy|order|combine|mix|finish|throw",
  "needs?(?! (?:an? )?(?:emergency|ambulance|clinician|doctor|help))|recommend(?:ed)?|suggest(?:ed)?|advise[ds]?|prescribe[ds]?|should have|(?:will|would|may|might|could|can|should) help|helps?|works? (?:well|best)|safe to|best thing|good idea|instead of|no longer",
].join("|");

const NAMES_DRUG = new RegExp(`\\b(?:${DRUG})\\b`, "iu");
const TELLS = new RegExp(`\\b(?:${CHANGE})\\b`, "iu");

const NUMBER =
  "(?:\\d+(?:[.,]\\d+)?|a|an|one|two|three|four|five|six|eight|ten|twelve|twenty|fifty|(?:one |two |five )?(?:hundred|thousand)|half(?: an?)?|several|(?:a )?(?:couple|few)(?: of)?)";
const DOSE = new RegExp(
  [
    `\\b${NUMBER}\\s*-?\\s*(?:mg|mcg|µg|μg|ug|milligrams?|micrograms?|grams?|g|ml|millilit(?:er|re)s?|cc|iu|i\\.u\\.|international units?|units?|teaspoons?|tablespoons?)\\b(?!\\s*\\/\\s*d?l\\b|\\s*per\\s+(?:deci)?lit)`,
    `\\b${NUMBER}\\s+(?:more |extra |\\w+ )?(?:tablets?|pills?|capsules?|puffs?|drops?|doses?|sachets?|suppositor(?:y|ies)|injections?|sprays?)\\b`,
    "\\b(?:once|twice|thrice|(?:two|three|four|\\d+) times)\\s+(?:a|per|each|every)\\s+day\\s+(?:with|after|before)\\b",
    `\\b(?:${DRUG})\\b[^.?!]{0,40}\\b(?:every\\s+(?:\\d+|two|four|six|eight|twelve)\\s+hours?|(?:once|twice|three times|\\d+ times)\\s+(?:a|per)\\s+day|daily|at bedtime|max(?:imum)?)\\b`,
  ].join("|"),
  "iu",
);

/** Questions that ask what somebody takes, takes no longer, or has tried. */
const ASKS =
  /^(?:(?:and|so|also|or|thank you|thanks|ok|okay|i see|one more thing)[,.: ]+)*(?:do|does|did|have|has|had|are|is|were|was|which|what|when|how (?:often|long|many|much|recently)|since when|any|has anybody|has anyone|can you tell me|could you tell me|may i ask|would you say)\b/iu;
/** Questions that carry advice: "have you considered stopping", "why don't you take", "how about". */
const ADVISES =
  /\b(?:consider(?:ed|ing)?|thought (?:of|about)|think (?:of|about)|why (?:don't|not)|how about|what about|what if|should|ought|could you (?:take|stop|try)|better|want to (?:take|stop|try|start)|willing|please|you (?:must|need|can|may))\b/iu;

/** `text` without sentences that advise on drugs or hold a dose. */
export function filterOutput(text: string): FilteredText {
  const removed: string[] = [];
  const kept = sentencesOf(text).filter((sentence) => {
    if (!isForbidden(sentence)) return true;
    removed.push(sentence.trim());
    return false;
  });
  return { text: removed.length === 0 ? text : kept.join("").trim(), removed };
}

/** Whether a sentence advises to take, stop or change a drug, or holds a dose. */
export function isForbidden(sentence: string): boolean {
  const plain = plainOf(sentence);
  if (DOSE.test(plain)) return /\d/.test(plain) || !onlyAsks(plain);
  return NAMES_DRUG.test(plain) && TELLS.test(plain) && !onlyAsks(plain);
}

function onlyAsks(plain: string): boolean {
  return plain.endsWith("?") && ASKS.test(plain) && !ADVISES.test(plain);
}

/** What hides nothing is plain already. */
const MAY_HIDE = /[^ -~]|[*_`~#>|]| {2}/u;

/** Without look-alike letters, invisible characters, markup, and dots between letters, which could hide a word. */
function plainOf(sentence: string): string {
  if (!MAY_HIDE.test(sentence)) return sentence.trim();
  return sentence
    .normalize("NFKC")
    .replaceAll(/[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF]/gu, "")
    .replaceAll(/[*_`~#>|]/gu, "")
    .replaceAll("’", "'")
    .replaceAll(/\s+/gu, " ")
    .trim();
}

/** Sentences with the white space after them; a dot within a number ends none. */
function sentencesOf(text: string): string[] {
  return text.match(/(?:[^.!?\n]|[.](?=\d))+(?:[.!?\n]+\s*|$)|[.!?\n]+\s*/gu) ?? [];
}
