/**
 * What outlives a reload of this page, in this tab only: which consultation is open, and what was written about each and not
 * sent. A draft goes when it is sent or thrown away; nothing else of a consultation is kept in the browser.
 */
import { blank, Draft, isBlank } from "./draft.ts";

const OPEN = "anamnesis.dossier";
const keyOf = (consultation: string): string => `anamnesis.draft.${consultation}`;

export function keptOpen(): string | undefined {
  return sessionStorage.getItem(OPEN) ?? undefined;
}

/** The consultation that a link to the page names: `/clinician#consultation=ID`. */
export function linkedTo(): string | undefined {
  return /^#consultation=([a-z0-9-]{1,100})$/.exec(location.hash)?.[1];
}

export function keepOpen(consultation: string | undefined): void {
  if (consultation === undefined) sessionStorage.removeItem(OPEN);
  else sessionStorage.setItem(OPEN, consultation);
}

/** Undefined where nothing was written, or what was kept cannot be read. */
export function keptDraft(consultation: string): Draft | undefined {
  try {
    return Draft.safeParse(JSON.parse(sessionStorage.getItem(keyOf(consultation)) ?? "null")).data;
  } catch {
    return undefined;
  }
}

export function keepDraft(consultation: string, draft: Draft = blank(0)): void {
  if (isBlank(draft)) sessionStorage.removeItem(keyOf(consultation));
  else sessionStorage.setItem(keyOf(consultation), JSON.stringify(draft));
}
