/** What stands in a text for what was taken out of it: a category in brackets. Nothing else of it is kept. */

export const REDACTED_KINDS = [
  "name",
  "date",
  "time",
  "age",
  "place",
  "address",
  "phone",
  "email",
  "link",
  "handle",
  "id",
  "number",
  /** Not known to be harmless, and nothing more is known of it. */
  "word",
] as const;
export type RedactedKind = (typeof REDACTED_KINDS)[number];

/** The source of a regular expression for any of the brackets; its one group is the kind. */
export const PLACEHOLDER = `\\[(${REDACTED_KINDS.join("|")})\\]`;

export interface Redaction {
  readonly kind: RedactedKind;
  /** Where its bracket begins in the redacted text. */
  readonly at: number;
}

export const bracketed = (kind: RedactedKind): string => `[${kind}]`;

/** Neighbours of one kind become one bracket: how many words there were is nobody's business. */
export function joined(text: string): string {
  return text.replace(new RegExp(`${PLACEHOLDER}(?:[ ,.'&/-]*\\[\\1\\])+`, "g"), "[$1]");
}

export function redactionsIn(text: string): Redaction[] {
  const found = text.matchAll(new RegExp(PLACEHOLDER, "g"));
  return [...found].map((match) => ({ kind: match[1] as RedactedKind, at: match.index }));
}
