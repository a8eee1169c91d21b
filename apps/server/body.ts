/** The body of a request, of at most so many bytes. */
import type { IncomingMessage } from "node:http";
import { ServerError } from "./errors.ts";

/** Throws `too-large`. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new ServerError("too-large", `a body has at most ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
