/** What a rule over a text is: what it finds, what it puts there, and what of it stays. */
import { bracketed, type RedactedKind } from "./kinds.ts";

export interface Rule {
  readonly kind: RedactedKind;
  /** Global. A group named `cue` stays before the bracket, one named `after` behind it. */
  readonly find: RegExp;
  /** Whether what was found (the cue aside) is meant after all. */
  readonly accept?: (found: string) => boolean;
}

/** A rule whose pattern is written in pieces. White space in a piece counts; letters match in either case. */
export function rule(kind: RedactedKind, source: string, accept?: (found: string) => boolean, flags = "giu"): Rule {
  return { kind, find: new RegExp(source, flags), ...(accept && { accept }) };
}

export function applied(rules: readonly Rule[], text: string): string {
  return rules.reduce(
    (before, { kind, find, accept }) =>
      before.replace(find, (...match) => {
        const whole = match[0] as string;
        const groups = typeof match.at(-1) === "object" ? (match.at(-1) as Record<string, string | undefined>) : {};
        const { cue = "", after = "" } = groups;
        const found = whole.slice(cue.length, whole.length - after.length);
        if (/^\s*\[[a-z]+\]\s*$/.test(found) || accept?.(found) === false) return whole;
        return `${cue}${bracketed(kind)}${after}`;
      }),
    text,
  );
}

export const digitsIn = (text: string): number => text.replace(/\D/g, "").length;
