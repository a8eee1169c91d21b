/**
 * Bearer tokens that an OpenID provider signs: whose keys count, for whom a token is, how long it is good. Knows nothing of
 * what a request holds. Keys are kept for a day; a key that nobody knows is looked for at most twice a minute.
 */
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwksCache,
  jwtVerify,
} from "jose";
import { z } from "zod";
import type { Clock } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import { isProtected } from "./posting.ts";

export interface TokenRules {
  /** Address of the provider's OpenID metadata. */
  readonly metadata: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

export interface VerifiedToken {
  readonly claims: JWTPayload;
  /** What the key that signed may vouch for, where the provider lists it. */
  readonly endorsements: readonly string[] | undefined;
}

interface Keys {
  readonly algorithms: string[];
  readonly find: JWTVerifyGetKey;
  readonly endorsementsOf: (id: string | undefined) => readonly string[] | undefined;
}

/** By how much clocks may differ. */
export const SKEW_S = 300;
const KEPT_MS = 24 * 3_600_000;
const REFRESH_MS = 30_000;
/** After a failure, before the metadata are asked for again. */
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 5_000;

/** Signatures by a key pair; with others, whoever can verify can forge. */
const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

const Metadata = z.object({
  issuer: z.string(),
  jwks_uri: z.url().refine(isProtected),
  id_token_signing_alg_values_supported: z.array(z.string()).default(["RS256"]),
});
const Endorsements = z.array(z.string());

/** Gives what a token says, or throws `forged`, `stale`, or `unreachable` where the provider's keys cannot be had. */
export function tokenVerifier({ metadata, issuer, audience, clock }: TokenRules) {
  if (!URL.canParse(metadata) || !isProtected(metadata))
    throw new BotError("bad-options", "the address of the OpenID metadata must begin with https:");
  let opened: Promise<Keys> | undefined;
  const open = (): Promise<Keys> => {
    opened ??= keysOf(metadata, issuer).catch((error) => {
      setTimeout(() => {
        opened = undefined;
      }, PAUSE_MS).unref();
      throw error;
    });
    return opened;
  };
  return async (token: string): Promise<VerifiedToken> => {
    // What is not even said to be the signer's is not worth asking for the signer's keys.
    if (!isSaidToBe(token, issuer, audience)) throw refusalOf(undefined);
    const { algorithms, find, endorsementsOf } = await open();
    const currentDate = clock.now();
    const rules = { algorithms, issuer, audience, clockTolerance: SKEW_S, requiredClaims: ["exp"], currentDate };
    const { payload, protectedHeader } = await jwtVerify(token, find, rules).catch((error) => {
      throw refusalOf(error);
    });
    return { claims: payload, endorsements: endorsementsOf(protectedHeader.kid) };
  };
}

function isSaidToBe(token: string, issuer: string, audience: string): boolean {
  try {
    const { iss, aud } = decodeJwt(token);
    return iss === issuer && [aud].flat().includes(audience);
  } catch {
    return false;
  }
}

async function keysOf(metadata: string, issuer: string): Promise<Keys> {
  const told = await metadataAt(metadata);
  if (!told || told.issuer !== issuer) throw unreachable("the OpenID metadata are not those of the issuer expected");
  const cache: { jwks?: { keys: (JWK & { endorsements?: unknown })[] } } = {};
  const keys = createRemoteJWKSet(new URL(told.jwks_uri), {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: REFRESH_MS,
    timeoutDuration: TIMEOUT_MS,
    [jwksCache]: cache as Record<string, never>,
  });
  return {
    algorithms: told.id_token_signing_alg_values_supported.filter((name) => ASYMMETRIC.includes(name)),
    async find(header, token) {
      try {
        return await keys(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
        throw unreachable("the signer's keys cannot be had", error);
      }
    },
    endorsementsOf(id) {
      const key = cache.jwks?.keys.find(({ kid }) => kid === id);
      return Endorsements.safeParse(key?.endorsements).data;
    },
  };
}

async function metadataAt(address: string): Promise<z.infer<typeof Metadata> | undefined> {
  try {
    const response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return Metadata.safeParse(await response.json()).data;
  } catch (cause) {
    throw unreachable("the signer's OpenID metadata cannot be had", cause);
  }
}

function refusalOf(error: unknown): BotError {
  if (error instanceof BotError) return error;
  const isEarly = error instanceof errors.JWTClaimValidationFailed && error.claim === "nbf";
  if (error instanceof errors.JWTExpired || isEarly)
    return new BotError("stale", "the token is not good now; ask for a new one, or set the clock", error);
  return new BotError("forged", "no token of the signer expected, for this app", error);
}

function unreachable(what: string, cause?: unknown): BotError {
  return new BotError("unreachable", `${what}; deliver it again`, cause);
}
