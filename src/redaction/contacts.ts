/** How and where somebody is reached or registered: mail, links, handles, phones, numbers of records, addresses. */
import { digitsIn, type Rule, rule } from "./rules.ts";

const DIGIT_WORD =
  "(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|treble|triple|hundred|thousand)";
const NETWORK =
  "(?:insta(?:gram)?|twitter|tiktok|snap(?:chat)?|telegram|skype|discord|signal|facebook|fb|reddit|kik|linkedin|mastodon|user ?name|screen ?name|handle|login|nickname|gamertag|password)";
const TOKEN = "[^\\s,;\\[\\]]+";
/** Words that name a number of somebody's without more. */
const RECORD =
  "(?:nhs|mrn|ssn|nino|national insurance|social security|passport|insurance|policy|medicare|medicaid|licen[cs]e|driving licen[cs]e|iban|account|sort code|hospital|record|medical record|chart|id card|identity card|health card|registration|number plate|plate|vin|member(?:ship)?|customer|employee|student|badge|serial|device|prescription|claim)";
/** Words that do so with "number" or the like behind them. */
const COUNTABLE =
  "(?:patient|case|reference|ref|file|order|booking|ticket|confirmation|id|tracking|invoice|tax|card|ward|lab|sample|specimen)";
const NUMBERED = "(?:number|num|nr|no|id|code|#)";
const VALUE = "[\\w./-]*\\d[\\w./-]*(?: [\\w./-]*\\d[\\w./-]*)*";

/** Readings that follow each other ("38.5 39 38.2", "120/80 130/85") are no phone number. */
function isLongNumber(found: string): boolean {
  if (digitsIn(found) < 7) return false;
  const groups = found.trim().split(/[\s,]+/);
  if (groups.length < 2) return true;
  const readings =
    groups.every((group) => /^\d{2,3}(?:\.\d)?$/.test(group)) && groups.some((group) => group.includes("."));
  return !readings && !groups.every((group) => /^\d{2,3}\/\d{2,3}$/.test(group));
}

/** "AX-2219-Q": digits and a few letters by turns; and not "covid-19", "24-hour", "10-mg". */
function isCode(found: string): boolean {
  const pieces = found.split(/[-/]/);
  const letters = pieces.filter((piece) => /^[a-z]+$/i.test(piece));
  const isShort = letters.every(
    (piece) => piece.length <= 3 && !/^(?:mg|ml|mcg|kg|cm|mm|hr|day|yr|yo|min|am|pm|to|or)$/i.test(piece),
  );
  return isShort && /[a-z]/i.test(found) && (digitsIn(found) >= 4 || (digitsIn(found) >= 2 && pieces.length >= 3));
}

export const CONTACT_RULES: readonly Rule[] = [
  rule(
    "email",
    "(?<![\\p{L}\\d._+%-])[\\p{L}\\d._+%-]+\\s?(?:@|\\(at\\)|<at>|\\{at\\})\\s?[\\p{L}\\d-]+(?:\\s?(?:\\.|\\(dot\\)| dot )\\s?[\\p{L}\\d-]+)+",
  ),
  rule(
    "email",
    "(?<![\\p{L}\\d._+-])(?:[\\p{L}\\d_+-]+ (?:dot|underscore|dash) )*[\\p{L}\\d._+-]+ at [\\p{L}\\d-]+(?: dot \\p{L}+)+",
  ),
  rule(
    "email",
    "(?<![\\p{L}\\d._+-])(?:[\\p{L}\\d_+-]+ (?:dot|underscore|dash) )*[\\p{L}\\d._+-]+ at (?:gmail|hotmail|outlook|yahoo|icloud|proton(?:mail)?|aol|live)\\b(?:\\.\\p{L}+)*",
  ),
  rule("link", "\\b(?:https?|ftp):\\s?//[^\\s\\[\\]]+|\\bwww\\.[^\\s\\[\\]]+"),
  rule(
    "link",
    "(?<![\\p{L}\\d.-])[\\p{L}\\d-]+(?:\\.[\\p{L}\\d-]+)*\\.(?:com|org|net|co\\.uk|uk|io|info|edu|gov|eu|de|nl|app|dev|biz|health)\\b(?:/[^\\s\\[\\]]*)?",
  ),
  rule("id", "(?<![\\d.])\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d+)?(?![\\d])"),
  rule("id", "(?<![\\w:])(?:[\\da-f]{1,4}:{1,2}){2,}[\\da-f]{1,4}(?![\\w])", (found) =>
    /::|[a-f]|:.*:.*:/i.test(found),
  ),
  rule(
    "handle",
    `(?<cue>\\b${NETWORK}(?: (?:name|handle|account|id|user|username|profile))?\\s*(?:is|was|:|=|-| as | under )\\s*@?)${TOKEN}`,
  ),
  rule(
    "handle",
    `(?<cue>\\b${NETWORK} )(?=[^\\s\\[\\]]*[:._\\d@])${TOKEN}`,
    (found) => /[^\W\d]/.test(found) && !/^[\w']+[.:,]$/.test(found),
  ),
  rule("handle", "(?<![\\w@])@[\\w.-]{2,}|\\b[ur]/\\w{3,}"),
  rule("handle", "(?<!\\w)\\w*?[a-z\\d]_\\w+"),
];

export const NUMBER_RULES: readonly Rule[] = [
  rule("id", "\\b[a-z]{2}\\d{2}(?: ?[a-z\\d]{4}){2,7}(?: ?[a-z\\d]{1,4})?\\b", (found) => digitsIn(found) >= 8),
  rule("id", "\\b[a-z]{2} ?\\d{2} ?\\d{2} ?\\d{2} ?[a-d]\\b"),
  rule("id", "\\b[A-Z]{2}\\d{2} ?[A-Z]{3}\\b", undefined, "gu"),
  rule(
    "id",
    `(?<cue>\\b(?:${RECORD}(?: ?${NUMBERED})?|${COUNTABLE} ?${NUMBERED})\\b\\.?(?:[ :#=-]|\\bis\\b|\\bwas\\b)*)${VALUE}`,
    (found) => found.replace(/\W/g, "").length >= 3,
  ),
  rule(
    "phone",
    "(?<cue>\\b(?:tel|phone|mobile|cell|fax|call|ring|text|reach|whatsapp|landline|extension|ext|number)\\b[^.\\n\\d\\[\\]]{0,25})\\+?\\d[\\d ()/-]{2,}\\d(?: ?(?:ext|x)\\.? ?\\d+)?",
    (found) => digitsIn(found) >= 4,
  ),
  rule("phone", "(?<![\\w])(?:\\+|00|\\(?0)\\d?[\\d ().\\s/-]{5,}\\d(?![\\w])(?: ?(?:ext|x)\\.? ?\\d+)?", isLongNumber),
  rule("number", "(?<![\\w.])\\(?\\d[\\d ,().\\s/-]{5,}\\d(?![\\w])", isLongNumber),
  rule("phone", `\\b${DIGIT_WORD}(?:[ ,-]+${DIGIT_WORD}){5,}\\b`),
  rule("id", "(?<![\\w-])[a-z\\d]+(?:[-/][a-z\\d]+)+(?![\\w-])", isCode),
  rule("id", "(?<cue>\\bending(?: in| with)? )\\d{3,4}\\b"),
];

const ROAD =
  "(?:street|str|road|rd|avenue|ave|lane|boulevard|blvd|crescent|terrace|square|mews|gardens|grove|highway|parkway|alley|strasse|straat|rue)";
/** Ends of street names that are everyday words besides. */
const LOOSE_ROAD = "(?:st|drive|dr|close|court|ct|way|place|pl|hill|park|row|walk|rise|green|end|view|ln)";
const NAME_WORD =
  "(?:\\d{1,3}(?:st|nd|rd|th)|(?!(?:times?|days?|hours?|mins?|minutes?|weeks?|months?|years?|miles?|on|in|at|of|the|to|and|with|from|a|an|my|is|or|per|by|for|degrees?|people|rooms?|percent)\\b)[\\p{L}'.-]+)";
const LIVES =
  "(?:live|lives|lived|living|stay|stays|staying|address(?: is)?|reside|based|move|moved|moving|house|home|place)";
const MEASURED = "(?:mg|ml|kg|am|pm|cm|mm|km|st|nd|rd|th|hr|lb|ft|yo|yr|wk)";

export const ADDRESS_RULES: readonly Rule[] = [
  rule("address", `\\b\\d{1,5} ?[a-z]?,? (?:${NAME_WORD} ){1,3}${ROAD}\\b\\.?`),
  rule(
    "address",
    `\\b\\d{1,5}[a-z]?,? (?:rue|via|calle|avenida|viale|plaza|piazza|chemin|allee) (?:[\\p{L}'-]+ ?){1,4}`,
  ),
  rule(
    "address",
    `(?<cue>\\b(?:live|lives|lived|living|stay|staying|address|house|home|come|moved) (?:(?:is|at|to|on|now) )+)\\d{1,5} ?[a-z]?,? (?:the )?${NAME_WORD}(?: ${NAME_WORD})?(?=\\s*(?:$|[,.;)\\n]|(?:and|please|right|in|with|but|now)\\b))`,
  ),
  rule(
    "address",
    "(?<cue>(?:^|[,;:(\\n]) ?)\\d{1,4} ?[a-z]? (?:\\p{Lu}\\p{Ll}+(?: (?=\\p{Lu})|(?=[,\\n]|$))){1,3}(?=[,\\n]|$)",
    undefined,
    "gu",
  ),
  rule(
    "address",
    "\\b(?:\\p{Lu}[\\p{L}'-]+ ){1,2}(?:Cottage|House|Lodge|Farm|Villa|Hall|Hotel|Inn|Manor|Barn|Mansions|Towers|Heights|Hostel|Surgery|Clinic|Hospital|Infirmary|Pharmacy|School|College|University|Church)\\b",
    undefined,
    "gu",
  ),
  rule(
    "address",
    `(?<cue>\\b(?:${LIVES}|at|to|from)(?: (?:at|on|in|near|to|is))*:? )\\d{1,5}[a-z]?,? (?:${NAME_WORD} ){1,2}${LOOSE_ROAD}\\b\\.?`,
  ),
  rule(
    "address",
    `\\b\\d{1,5}[a-z]?,? (?:\\p{Lu}[\\p{L}'-]+ ){1,3}(?:St|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Hill|Park|Row|Walk|Rise|Green|View|Ln)\\b\\.?`,
    undefined,
    "gu",
  ),
  rule(
    "address",
    `(?<cue>\\b${LIVES} (?:at|on|in|near|to|is|off) (?:the )?)(?:${NAME_WORD} ){1,2}(?:${ROAD}|${LOOSE_ROAD})\\b(?: \\d{1,4}[a-z]?\\b)?`,
  ),
  rule(
    "address",
    `\\b(?:\\p{Lu}[\\p{L}'-]+ ){1,2}(?:Street|Road|Avenue|Lane|Boulevard|Crescent|Terrace|Square|Mews|Gardens|Grove|Drive|Close|Court|Strasse)\\b(?: \\d{1,4}[a-z]?\\b)?`,
    undefined,
    "gu",
  ),
  rule(
    "address",
    "(?<!\\p{L})\\p{L}*(?:straat|strasse|weg|laan|gasse|platz|plein|allee|gatan|vej|gade) \\d{1,4}[a-z]?\\b|\\b(?:rue|via|calle|avenida|ulica|viale|piazza|plaza) (?:[\\p{L}'-]+ ){1,3}\\d{1,4}\\b",
  ),
  rule(
    "address",
    `(?<cue>\\b${LIVES} (?:at|on|in|near|to) [^.\\n\\d]{0,40}\\] )\\d{1,4}[a-z]?\\b(?!\\s*(?:days?|weeks?|months?|years?|hours?|times?)\\b)`,
  ),
  rule("address", "\\bp\\.? ?o\\.? ?box \\d+"),
  rule(
    "address",
    `(?<cue>\\b(?:flat|apartment|apt|suite|room|ward|block|bay|unit) (?:number |no\\.? |#)?)(?:\\d{1,4}[a-z]?|[a-h]\\d{0,3})\\b(?!\\s*(?:days?|hours?|hrs?|nights?|weeks?|months?|times?|years?|of|mins?|minutes?))`,
  ),
  rule(
    "address",
    "\\b[a-z]{1,2}\\d[a-z\\d]?\\s*\\d[a-z]{2}\\b",
    (found) => !new RegExp(`${MEASURED}$`, "i").test(found),
  ),
  rule("address", "\\b[a-z]\\d[a-z] ?\\d[a-z]\\d\\b"),
  rule("address", "\\b\\d{4} ?[A-Z]{2}\\b|\\b[A-Z]{2} \\d{5}(?:-\\d{4})?\\b", undefined, "gu"),
  rule("address", "(?<cue>\\b(?:post ?code|zip|zip code|eircode)(?: is|:)* )[\\w-]*\\d[\\w-]*(?: [\\w-]*\\d[\\w-]*)?"),
];
