/** Dates, birth dates, times that are tied to a date, and ages over 89. Durations, weekdays and times of day stay. */
import { type Rule, rule } from "./rules.ts";

const FULL_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)";
const MONTH =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const YEAR = "(?:1[89]|20)\\d{2}";
const SMALL = "(?:one|two|three|four|five|six|seven|eight|nine)";
const TEENS = "(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)";
const TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)";
const ORDINAL =
  "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|twenty[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirty[ -]first)";
/** What follows a number that counts something, or "may" that is a verb. */
const COUNTED =
  "(?!\\s*(?:days?|nights?|weeks?|months?|times?|hours?|hrs?|mins?|minutes?|tablets?|pills?|doses?|mg|ml|be|have|need|help|not|also|just|seem|feel|get|cause|come|go)\\b)";
const DAY = "\\d{1,2}(?:st|nd|rd|th)?";
const BIRTH = "(?:born|d\\.?o\\.?b\\.?|date of birth|birth ?date|birthday|year of birth)";
const WORDED_YEAR = `(?:nineteen[ -](?:hundred(?: and)?|oh[ -]${SMALL}|${TEENS}|${TENS}(?:[ -]${SMALL})?)|twenty[ -](?:oh[ -]${SMALL}|${TEENS}|twenty(?:[ -]${SMALL})?)|two thousand(?: and)? (?:${SMALL}|${TEENS}|${TENS}(?:[ -]${SMALL})?))`;

const CLOCK =
  "(?:\\d{1,2}(?:[:.]\\d{2})?\\s*(?:[ap]\\.?m\\b\\.?|o'?clock|hrs?\\b)?|noon|midday|(?:half|quarter|ten|twenty|five) (?:past|to) \\w+)";
const WEEKDAY = "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?";
const DATED = `(?:\\b${WEEKDAY}\\b|\\[date\\]|\\b(?:appointment|appt|appoinment|booked|booking|scan|scheduled|rescheduled|seeing|slot)\\b)`;

/** "28/05", "14/2"; and not the pain's "7/10", "24/7", or an eye's "6/18". */
function isDayOfYear(found: string): boolean {
  const parts = found.split("/");
  const [low, high] = parts.map(Number).sort((a, b) => a - b) as [number, number];
  if (low < 1 || low > 12 || high > 31 || found === "24/7" || /^(?:6|20)\//.test(found)) return false;
  return high > 12 || parts.some((part) => part.startsWith("0"));
}

export const DATE_RULES: readonly Rule[] = [
  rule(
    "date",
    `\\b(?:${WEEKDAY},? )?(?:the )?${DAY}(?:\\s+of)?[\\s./-]*\\b${MONTH}\\b\\.?${COUNTED}(?:[\\s,./-]*(?:\\b${YEAR}|'\\d{2}|(?<=[/.-])\\d{2}))?\\b`,
  ),
  rule(
    "date",
    `\\b${MONTH}\\b\\.?[\\s,./-]*(?:the )?(?:\\b${YEAR}|\\b${DAY}\\b(?:,?\\s*(?:\\b${YEAR}|'\\d{2}))?|'\\d{2})\\b${COUNTED}`,
  ),
  rule("date", `\\b(?:the )?${ORDINAL}(?: of)? ${FULL_MONTH}\\b(?:,? (?:${YEAR}|${WORDED_YEAR}))?`),
  rule("date", `\\b${FULL_MONTH} (?:the )?${ORDINAL}\\b(?:,? (?:${YEAR}|${WORDED_YEAR}))?`),
  rule("date", `\\b${FULL_MONTH},? ${WORDED_YEAR}\\b`),
  rule("date", `(?<cue>\\b${BIRTH}[^.\\n\\d\\[\\]]{0,15})\\d{1,4}(?:[ ./-]\\d{1,4}){1,2}\\b`),
  rule(
    "date",
    `\\b(?:christmas|xmas|easter|boxing|halloween|thanksgiving|ramadan|eid|diwali|hanukkah|passover|new year'?s?)(?: (?:day|eve))?\\b(?: ${YEAR})?`,
  ),
  rule("date", "(?<![\\d.])\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}(?![\\d])"),
  rule("date", "(?<![\\d.])\\d{1,2}(?<gap>\\s?[-/.]\\s?)\\d{1,2}\\k<gap>(?:\\d{4}|\\d{1,2})(?!\\d)"),
  rule("date", `(?<![\\d.])${YEAR}[-/.]\\d{1,2}(?!\\d)`),
  rule("date", `(?<![\\d.])\\d{1,2} \\d{1,2} ${YEAR}\\b`),
  rule("date", `(?<![\\d./])\\d{1,2}[/.-]${YEAR}\\b`),
  rule(
    "date",
    `(?<cue>\\b(?:on|since|from|until|till|by|dated|due|before|after|${BIRTH})(?: the| is| was|:)? )\\d{1,2}/\\d{1,2}(?![/\\d])${COUNTED}`,
    (found) => {
      const [one, other] = found.split("/").map(Number) as [number, number];
      return Math.min(one, other) <= 12 && Math.max(one, other) <= 31;
    },
  ),
  rule("date", "(?<![\\d./-])\\d{1,2}/\\d{1,2}(?![/\\d])", isDayOfYear),
  rule("date", "\\bthe (?:[4-9]|[12]\\d|3[01])(?:st|nd|rd|th)\\b(?=\\s*(?:$|[,.;)\\n]|(?:at|for|and|in|of)\\b))"),
  rule(
    "date",
    "(?<cue>\\b(?:on|since|until|till|from|by|before|after|due|for)\\s+)(?:the\\s+)?\\d{1,2}(?:st|nd|rd|th)\\b(?!\\s+(?:day|time|week|month|hour|night|floor|try|attempt|dose|finger|toe|rib|year|birthday|child|baby|pregnancy))",
  ),
  rule(
    "date",
    `(?<cue>\\b${BIRTH}(?:[ :]+(?:is|was|in|on|the|year))*[ :]+)'?(?:\\d{2,4}\\b|\\d{1,2}(?:st|nd|rd|th)\\b|${WORDED_YEAR}|${ORDINAL}|${TENS}(?:[ -]${SMALL})?\\b)`,
  ),
  rule("date", `\\b(?:${FULL_MONTH.replace("march|", "").replace("may|", "")})\\b`),
  rule(
    "date",
    "(?<cue>\\b(?:in|since|last|next|until|till|from|early|late|mid|of|during|before|after|by|every|this) )(?:march|may)\\b(?! (?:be|have|not|need|help|cause|also))",
  ),
  rule("date", `\\b${WORDED_YEAR}\\b(?! (?:minute|second|hour|day|week|times|year))`),
  rule(
    "date",
    `(?<![\\d.,/])${YEAR}\\b(?!\\s*(?:mg|mcg|ml|steps?|calories|kcal|units?|iu|m|metres|meters|feet|g)\\b)(?![.,/]?\\d)`,
  ),
  rule("date", "(?<![\\p{L}\\d])'\\d{2}\\b"),
  rule("time", `(?<cue>${DATED}[^.\\n\\[\\]]{0,25}?\\bat )${CLOCK}`),
  rule("time", `(?<cue>\\b(?:at|is|for) )${CLOCK}(?<after>,? (?:on|this|next) (?:the )?(?:\\[date\\]|${WEEKDAY}\\b))`),
  rule("time", `(?<cue>(?:\\[date\\]|\\b${WEEKDAY}\\b),? )\\d{1,2}(?:[:.]\\d{2}\\s*(?:[ap]m)?|\\s*[ap]m)\\b`),
];

const OLD = "(?:9\\d|1[0-2]\\d)";
const WORDED_OLD = `(?:ninety(?:[ -]${SMALL})?|(?:a|one) hundred(?: and (?:${SMALL}|${TEENS}))?)`;
const KIN =
  "(?:mother|father|mum|mom|dad|nan|nana|gran|granny|grandma|grandmother|grandad|grandpa|grandfather|aunt|uncle|husband|wife|neighbour|patient|brother|sister|friend|he|she|who|lady|man|woman|gentleman)";
/** A number that somebody is, and not what they weigh or measure. */
const ENDS = "(?=\\s*(?:$|[,;!?)\\n]|\\.(?!\\d)|(?:and|with|but|so|now|next|this|years?|yrs?|today|already|or|in)\\b))";

export const AGE_RULES: readonly Rule[] = [
  rule(
    "age",
    `\\b(?:${OLD}|${WORDED_OLD})[\\s-]*(?:(?:years?|yrs?|yr|y)[\\s-]*(?:old|of age|o)\\b|yo\\b|y/o\\b|y\\.o\\b\\.?)`,
  ),
  rule(
    "age",
    `(?<cue>\\b(?:aged?|age of|age is|turned|turning|turns|reached)(?: about| nearly| almost|:)? )(?:${OLD}|${WORDED_OLD})\\b(?!\\s*(?:%|kg|degrees))`,
  ),
  rule(
    "age",
    `(?<cue>\\b(?:i'?m|i am|he'?s|she'?s|they'?re|${KIN} is|${KIN} was|${KIN},?) (?:now |already |nearly |almost |only |just |over |about )?)(?:${OLD}|${WORDED_OLD})${ENDS}`,
  ),
  rule("age", `(?<cue>\\[(?:name|word)\\],? (?:is |was )?\\(?)${OLD}(?=\\s*(?:[,.;)]|$|and\\b))`),
  rule("age", "\\b9\\d ?[mM]\\b(?! ?(?:from|away|walk))", undefined, "gu"),
];
