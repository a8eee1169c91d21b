/** The body of a request as text, of at most so many bytes: for protocols that say themselves what is wrong with it. */
import type { IncomingMessage } from "node:http";
import { ServerError } from "../server/errors.ts";

/** Throws `too-large`. */
export async function readBody(request: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new ServerError("too-large", `a body has at most ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
