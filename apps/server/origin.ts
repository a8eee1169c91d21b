/** Which pages may speak to the server. A program sends no origin and is known by its token; a page's browser sends one. */
import type { IncomingMessage } from "node:http";
import { ServerError } from "./errors.ts";

export interface OriginRule {
  /** Pages of other places that may: `https://clinic.example`. */
  readonly origins: readonly string[];
  /** Without tokens the server must be called by a name of this machine, so that no page can point its own name here. */
  readonly localOnly: boolean;
}

const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

export function isLoopback(host: string): boolean {
  return LOCAL.test(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
}

/** Throws `bad-origin` for a page that may not; gives its origin where it comes from another place and may. */
export function checkOrigin({ headers }: IncomingMessage, { origins, localOnly }: OriginRule): string | undefined {
  const { host = "", origin } = headers;
  if (localOnly && !LOCAL.test(host)) throw new ServerError("bad-origin", "this server answers to its local name only");
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return undefined;
  if (origins.includes(origin)) return origin;
  throw new ServerError("bad-origin", "pages of this origin may not use the server");
}
