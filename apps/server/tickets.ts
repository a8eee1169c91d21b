/** Tickets: a browser cannot send a header with a WebSocket, so it fetches a ticket that opens one connection, once, soon. */
import { randomBytes } from "node:crypto";
import type { Holder } from "./tokens.ts";

const LIFE_MS = 30_000;
const MOST = 10_000;

export interface Tickets {
  /** Undefined where too many are open. */
  issue(holder: Holder, now: number): { readonly ticket: string; readonly expiresInMs: number } | undefined;
  redeem(ticket: string, now: number): Holder | undefined;
}

export function ticketOffice(): Tickets {
  /** Oldest first. */
  const open = new Map<string, { readonly holder: Holder; readonly until: number }>();
  return {
    issue(holder, now) {
      for (const [ticket, { until }] of open) {
        if (until > now) break;
        open.delete(ticket);
      }
      if (open.size >= MOST) return undefined;
      const ticket = randomBytes(32).toString("base64url");
      open.set(ticket, { holder, until: now + LIFE_MS });
      return { ticket, expiresInMs: LIFE_MS };
    },
    redeem(ticket, now) {
      const found = open.get(ticket);
      open.delete(ticket);
      return found && found.until > now ? found.holder : undefined;
    },
  };
}
