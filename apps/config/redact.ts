/** What may be shown of a setting's value. */
import type { Setting } from "./tree.ts";

export const REDACTED = "[redacted]";

/** Secrets are left out whole; of every address, whoever's it is, user, password and query are. */
export function shownValue({ secret }: Pick<Setting, "secret">, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (secret === "whole") return REDACTED;
  if (Array.isArray(value)) return value.map((each) => shownValue({}, each));
  return typeof value === "string" ? withoutCredentials(value) : value;
}

function withoutCredentials(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/).*@/is, `$1${REDACTED}@`)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^?#]*)[?#].*$/is, `$1?${REDACTED}`);
}
