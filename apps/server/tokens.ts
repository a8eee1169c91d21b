/**
 * Who may speak to the server. A token is 32 random bytes; its file keeps only SHA-256 of it, with a name and an audience.
 * A consultation's id begins with a mark of its owner's name, so that nothing else is needed to keep owners apart.
 */
import { hash, randomBytes, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../errors.ts";
import { Audience } from "./protocol.ts";

const TokenRecord = z
  .strictObject({
    name: z.string().regex(/^[\w.@-]{1,64}$/, "a name has 1 to 64 letters, digits, '.', '@', '_' or '-'"),
    audience: Audience,
    /** SHA-256 of the token, 64 hexadecimal digits. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "SHA-256 has 64 hexadecimal digits"),
    /** That its holder works through the queue: reads every consultation that was handed over, and decides on it. */
    queue: z.literal(true).optional(),
  })
  .refine(({ audience, queue }) => !queue || audience === "clinician", {
    path: ["queue"],
    message: "only a token with the audience clinician can be for the queue",
  });
export type TokenRecord = z.infer<typeof TokenRecord>;
const TokenFile = z.strictObject({ tokens: z.array(TokenRecord) });

/** Somebody who was let in. */
export interface Holder {
  readonly name: string;
  readonly audience: Audience;
  /** Reads and decides on everybody's consultations that were handed over. */
  readonly queue?: true | undefined;
}

export type Authenticate = (token: string | undefined) => Holder | undefined;

const digestOf = (secret: string): string => hash("sha256", secret, "hex");

/** Everybody is let in, as the same person. */
export function withoutTokens(audience: Audience): Authenticate {
  const holder: Holder = { name: "anonymous", audience, ...(audience === "clinician" && { queue: true }) };
  return () => holder;
}

/** Looks up by digest: how long it takes tells nothing of a token. */
export function withTokens(records: readonly TokenRecord[]): Authenticate {
  const holders = new Map(records.map(({ sha256, ...holder }) => [sha256, holder]));
  return (token) => (token === undefined ? undefined : holders.get(digestOf(token)));
}

export async function readTokenFile(file: string): Promise<TokenRecord[]> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new CommandError("no-token-file", "could not be read; make one with `anamnesis serve token`", {
      place: { file },
      cause,
    });
  });
  const parsed = TokenFile.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data.tokens;
  throw new CommandError("bad-token-file", z.prettifyError(parsed.error), { place: { file } });
}

/**
 * Adds a token to a file, which need not exist; gives the token, which is nowhere kept. A name stands once. `queue`: for
 * the clinicians' queue.
 */
export async function addToken(file: string, name: string, audience: Audience, queue = false): Promise<string> {
  const isThere = await readFile(file).then(
    () => true,
    () => false,
  );
  const tokens = isThere ? await readTokenFile(file) : [];
  if (tokens.some((each) => each.name === name))
    throw new CommandError("name-taken", `${name} has a token; take another name or delete its entry`, {
      place: { file },
    });
  const token = randomBytes(32).toString("base64url");
  const record = TokenRecord.safeParse({ name, audience, sha256: digestOf(token), ...(queue && { queue }) });
  if (!record.success) throw new CommandError("bad-token", z.prettifyError(record.error));
  const part = `${file}.part-${process.pid}`;
  await writeFile(part, `${JSON.stringify({ tokens: [...tokens, record.data] }, null, 2)}\n`, { mode: 0o600 });
  await rename(part, file);
  return token;
}

/** `Authorization: Bearer …`. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,200})$/i.exec(header ?? "")?.[1];
}

const markOf = (name: string): string => digestOf(`owner ${name}`).slice(0, 16);

export function newConsultationId({ name }: Holder): string {
  return `${markOf(name)}-${randomUUID()}`;
}

/** The id of the consultation that a holder calls by a name of their own: always the same, and nobody else's. */
export function namedConsultationId({ name }: Holder, given: string): string {
  return `${markOf(name)}-${digestOf(`consultation ${given.toWellFormed()}`).slice(0, 32)}`;
}

export function owns({ name }: Holder, consultation: string): boolean {
  return consultation.startsWith(`${markOf(name)}-`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
