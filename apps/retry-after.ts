/** How long another server wants to be left alone, by its `Retry-After`: seconds, or a date (RFC 9110, 10.2.3). */
import type { Clock } from "../src/index.ts";

/** Milliseconds, below 0 where the date has passed; undefined where nothing is asked. */
export function retryAfterMs(headers: Headers, clock: Clock): number | undefined {
  const asked = headers.get("retry-after") ?? "";
  const ms = /^\d{1,9}$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - clock.now().getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
