/** Tokens by OAuth's client credentials, fetched when the one at hand is about to expire; once for all who wait. */
import { z } from "zod";
import type { Clock } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import { type Bearer, isProtected } from "./posting.ts";

export interface ClientCredentials {
  /** The token endpoint. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly clock: Clock;
}

const Granted = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** A token is not used in the last five minutes of its life, or in the second half where it is short. */
const MARGIN_S = 300;
const TIMEOUT_MS = 5_000;

export function clientCredentials({ clock, ...client }: ClientCredentials): Bearer {
  if (!URL.canParse(client.url) || !isProtected(client.url))
    throw new BotError("bad-options", "the address of the token endpoint must begin with https:");
  let held: { readonly token: string; readonly until: number } | undefined;
  let asked: Promise<string> | undefined;
  const renewed = async (): Promise<string> => {
    const { access_token: token, expires_in } = await granted(client);
    held = { token, until: clock.now().getTime() + Math.max(expires_in - MARGIN_S, expires_in / 2) * 1_000 };
    return token;
  };
  return {
    async token() {
      if (held && clock.now().getTime() < held.until) return held.token;
      asked ??= renewed().finally(() => {
        asked = undefined;
      });
      return asked;
    },
    refused(token) {
      if (held?.token === token) held = undefined;
    },
  };
}

async function granted({ url, clientId, clientSecret, scope }: Omit<ClientCredentials, "clock">) {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope,
  });
  let status: number | undefined;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: "POST", body, redirect: "error", signal });
    status = response.status;
    if (response.ok) return Granted.parse(await response.json());
  } catch (cause) {
    throw new BotError("unreachable", "no token for replies can be had; deliver it again", cause);
  }
  throw new BotError("unreachable", `no token for replies: the login answered ${status}; check id, secret and tenant`);
}
