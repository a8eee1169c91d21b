/**
 * What the server answers beside its table of routes: protocols with a wire of their own, and webhooks. Origin, token and
 * rate are checked before; whatever an endpoint throws before its answer began is refused as a route's would be.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import type { RouteContext } from "./routes.ts";
import type { Holder } from "./tokens.ts";

/** What can come back, as the OpenAPI document has it. */
export interface EndpointAnswer {
  readonly status: number;
  readonly description: string;
  /** Media type; none where there is no body. */
  readonly type?: string;
  readonly schema?: { readonly name: string; readonly schema: z.ZodType };
}

interface Described {
  readonly method: "GET" | "POST" | "DELETE";
  /** At most one name in braces. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  /** For the document; the endpoint reads its body itself, see `readJson`. */
  readonly body?: { readonly type?: string; readonly name: string; readonly schema: z.ZodType };
  readonly answers: readonly EndpointAnswer[];
}

export interface TokenEndpoint extends Described {
  readonly guard: "token";
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    call: { readonly holder: Holder; readonly id: string },
  ): Promise<void>;
}

/** Tells true requests from forged ones by itself, as a webhook does by its signature: no token is asked for. */
export interface SignedEndpoint extends Described {
  readonly guard: "signature";
  serve(request: IncomingMessage, response: ServerResponse, call: { readonly id: string }): Promise<void>;
}

export type Endpoint = TokenEndpoint | SignedEndpoint;

/** Endpoints over a server's consultations. */
export type Endpoints = (context: RouteContext) => readonly Endpoint[] | Promise<readonly Endpoint[]>;
