/** A text in pieces, for rules that look at a word's neighbours. Joined again, the pieces are the text. */
import { PLACEHOLDER } from "./kinds.ts";

export interface Token {
  readonly text: string;
  readonly type: "word" | "digits" | "mixed" | "bracket" | "space" | "mark";
  /** Lower case. */
  readonly folded: string;
}

const PIECE = new RegExp(
  `(?<bracket>${PLACEHOLDER})|(?<mixed>(?=[\\p{L}\\d]*\\d)(?=[\\p{L}\\d]*\\p{L})[\\p{L}\\d]+)|(?<digits>\\d+(?:[.,]\\d+)*)|(?<word>\\p{L}+(?:'\\p{L}+)*)|(?<space>\\s+)|(?<mark>[^])`,
  "gu",
);

export function tokensOf(text: string): Token[] {
  return [...text.matchAll(PIECE)].map((match): Token => {
    const [type] = Object.entries(match.groups!).find(([, piece]) => piece !== undefined) as [Token["type"], string];
    return { text: match[0], type, folded: match[0].toLowerCase() };
  });
}
