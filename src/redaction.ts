/**
 * Takes out of a text what may say who somebody is. By allow-list: what is not known to be harmless goes. First whole
 * patterns (dates, phones, addresses), then names by where they stand, then every word and number that is not known.
 * What is left consists of words of the vocabulary, small numbers, brackets and plain marks; docs/privacy.md has its limits.
 */
import { ADDRESS_RULES, CONTACT_RULES, NUMBER_RULES } from "./redaction/contacts.ts";
import { AGE_RULES, DATE_RULES } from "./redaction/dates.ts";
import { joined, type Redaction, redactionsIn } from "./redaction/kinds.ts";
import { plainText } from "./redaction/normal-form.ts";
import { applied } from "./redaction/rules.ts";
import type { RedactionVocabulary } from "./redaction/vocabulary.ts";
import { withoutUnknown } from "./redaction/words.ts";

export { REDACTED_KINDS, type RedactedKind, type Redaction } from "./redaction/kinds.ts";
export { type RedactionVocabulary, redactionVocabulary, type VocabularyTexts } from "./redaction/vocabulary.ts";

export interface Redacted {
  readonly text: string;
  readonly redactions: readonly Redaction[];
}

const RULES = [...CONTACT_RULES, ...DATE_RULES, ...AGE_RULES, ...NUMBER_RULES, ...ADDRESS_RULES];

/** Redacting a redacted text changes nothing. */
export function redact(text: string, vocabulary: RedactionVocabulary): Redacted {
  // What went may show what stands beside it in a new light: look until there is nothing more.
  let before = "";
  let now = plainText(text);
  for (let look = 0; now !== before && look < MOST_LOOKS; look++) {
    before = now;
    now = joined(withoutUnknown(joined(applied(RULES, now)), vocabulary));
  }
  return { text: now, redactions: redactionsIn(now) };
}

/** Each look takes something away, so that there is an end; texts need two or three. */
const MOST_LOOKS = 50;
