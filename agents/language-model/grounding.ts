/**
 * What of a model's report is let through: findings whose words stand in the person's text, and no more. The lexicon's
 * own reading is kept whole and wins where both read a finding, so a model can add to what is heard and silence nothing.
 */
import { type Finding, type Lexicon, type ObservedFinding, readAnswer } from "../../src/index.ts";

export interface Reported {
  readonly finding: string;
  readonly state: ObservedFinding["state"];
  readonly values?: readonly string[] | undefined;
  readonly number?: number | undefined;
  /** The person's words that say it. */
  readonly quote: string;
  readonly correction?: boolean | undefined;
}

/** How well a quote must cover a wording of the finding, by the lexicon's measure. */
const COVERS = 0.8;
/** Shorter words ("new", "car") stand for too much; what is short and clear the lexicon reads itself. */
const SHORTEST = 4;
const DENIES =
  /\b(?:no|not|never|none|neither|nor|without|free of|gone|stopped|cannot|nothing|den(?:y|ies|ied))\b|n't\b|\b(?:dont|cant|doesnt|didnt|isnt|havent|hasnt|wont)\b/i;
const DOUBTS =
  /\b(?:not sure|unsure|maybe|perhaps|might|don't know|dont know|no idea|can't (?:say|tell|remember)|possibly|hard to say)\b/i;

/** The reported finding as far as the message bears it out, or nothing. */
export function grounded(lexicon: Lexicon, message: string, reported: Reported): ObservedFinding | undefined {
  const finding = lexicon.findings.get(reported.finding);
  if (!finding || !stands(reported.quote, message)) return undefined;
  const quote = plain(reported.quote);
  if (quote.length < SHORTEST) return undefined;
  const [match] = lexicon.match(quote, 1, ({ id }) => id === finding.id);
  if (!match || match.score < COVERS) return undefined;
  if (reported.state === "unknown") return DOUBTS.test(quote) ? { finding: finding.id, state: "unknown" } : undefined;
  if (reported.state === "absent") return DENIES.test(quote) ? { finding: finding.id, state: "absent" } : undefined;
  if (DENIES.test(quote)) return undefined;
  return present(finding, quote, reported);
}

function present(finding: Finding, quote: string, { values = [], number }: Reported): ObservedFinding | undefined {
  const state = "present";
  if (finding.type === "binary") return { finding: finding.id, state };
  if (finding.type === "numeric") {
    const digits: readonly string[] = quote.match(/-?\d+(?:\.\d+)?/g) ?? [];
    return number !== undefined && digits.includes(String(number)) ? { finding: finding.id, state, number } : undefined;
  }
  const said = readAnswer(finding, quote).values ?? [];
  const borne = values.filter((value) => said.includes(value));
  const kept = finding.type === "multiple" ? borne : borne.slice(0, 1);
  return kept.length > 0 ? { finding: finding.id, state, values: kept } : undefined;
}

/** Whether the quote stands in the message, word for word. */
function stands(quote: string, message: string): boolean {
  const words = plain(quote);
  return /[\p{L}\p{N}]/u.test(words) && ` ${plain(message)} `.includes(` ${words} `);
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("’", "'")
    .replaceAll(/[^\p{L}\p{N}'.%°-]+/gu, " ")
    .replaceAll(/\.(?!\d)/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
