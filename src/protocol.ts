/**
 * The text protocol of a policy: optional `<think>…</think>`, then exactly one of `<ask>…</ask>`, `<examine>…</examine>`
 * or `<diagnosis>` with one condition a line, likeliest first. The same parser serves training, evaluation and chat.
 */

export type Move =
  | { readonly type: "ask"; readonly text: string }
  | { readonly type: "examine"; readonly text: string }
  | { readonly type: "diagnosis"; readonly ranked: readonly string[] };

export const PARSE_FAILURES = {
  "too-long": "the text has more than 20,000 characters",
  "no-move": "expected one of <ask>, <examine> or <diagnosis>",
  "many-moves": "expected exactly one of <ask>, <examine> or <diagnosis>",
  unclosed: "a tag is not closed",
  "stray-text": "text stands outside the tags",
  empty: "the tag is empty",
} as const;

export type ParseFailure = { readonly type: "parse-failure"; readonly reason: keyof typeof PARSE_FAILURES };

export type ParsedMove = Move | ParseFailure;

const LONGEST = 20_000;
const MOVE = /<(ask|examine|diagnosis)>([\s\S]*?)<\/\1>/g;
const OPEN_MOVE = /<(ask|examine|diagnosis)>([\s\S]*?)(?=<\/?(?:ask|examine|diagnosis|think)>|$)/g;
const TAG = /<\/?(ask|examine|diagnosis|think)>/;

/** Reads what a policy wrote. Never throws: what does not fit is a failure with its reason. */
export function parseMove(text: string): ParsedMove {
  if (text.length > LONGEST) return failure("too-long");
  const thought = /^\s*<think>[\s\S]*?<\/think>/.exec(text)?.[0] ?? "";
  const rest = text.slice(thought.length);
  const moves = [...rest.matchAll(MOVE)];
  if (moves.length > 1) return failure("many-moves");
  const move = moves[0];
  if (!move) return failure(TAG.test(rest) ? "unclosed" : "no-move");
  const [whole, tag, body] = move;
  if (rest.replace(whole, "").trim() !== "") return failure("stray-text");
  if (TAG.test(body!)) return failure("unclosed");
  const content = body!.trim();
  if (content === "") return failure("empty");
  if (tag !== "diagnosis") return { type: tag as "ask" | "examine", text: content };
  const ranked = content
    .split("\n")
    .map(withoutRank)
    .filter((line) => line !== "");
  return ranked.length > 0 ? { type: "diagnosis", ranked: [...new Set(ranked)] } : failure("empty");
}

/**
 * What a policy may have meant: its move where the form is right, else the first one anywhere in the text, a tag that
 * was left open closed where the next begins. Thoughts are looked into only where nothing stands outside them.
 */
export function parseMoveLeniently(text: string): ParsedMove {
  const strict = parseMove(text);
  if (strict.type !== "parse-failure") return strict;
  const read = text.slice(0, LONGEST);
  for (const part of [read.replace(/<think>[\s\S]*?<\/think>/g, "\n"), read]) {
    for (const form of [MOVE, OPEN_MOVE]) {
      for (const [, tag, body] of part.matchAll(form)) {
        // What is within another tag is a move of its own, or none.
        const move = parseMove(`<${tag}>${body!.split(TAG)[0]}</${tag}>`);
        if (move.type !== "parse-failure") return move;
      }
    }
  }
  return strict;
}

/** Writes a move as the parser reads it; `thought` goes before it. */
export function renderMove(move: Move, thought?: string): string {
  const body = move.type === "diagnosis" ? `\n${move.ranked.join("\n")}\n` : move.text;
  return `${thought ? `<think>${thought}</think>\n` : ""}<${move.type}>${body}</${move.type}>`;
}

/** "1. Migraine" and "- Migraine" are "Migraine". */
function withoutRank(line: string): string {
  return line.replace(/^\s*(\d{1,2}[.)]\s+|[-*•]\s+)?/, "").trim();
}

function failure(reason: ParseFailure["reason"]): ParseFailure {
  return { type: "parse-failure", reason };
}
