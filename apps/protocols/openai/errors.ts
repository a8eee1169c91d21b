/** Refusals in the form of OpenAI's interface, which its clients turn into their typed errors. */
import type { ServerResponse } from "node:http";
import { AnamnesisError } from "../../../src/index.ts";
import { refused } from "../../server/refused.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { ErrorBody } from "./types.ts";

/** What this interface refuses by itself; the rest is the server's. */
export class CompletionError extends AnamnesisError {
  readonly status: number;
  /** The parameter at fault. */
  readonly param: string | null;

  constructor(status: number, code: string, message: string, param: string | null = null) {
    super(code, message, { fault: "input" });
    this.status = status;
    this.param = param;
  }
}

export interface Refusal {
  readonly status: number;
  readonly body: ErrorBody;
}

/** Counted and, where it is the server's own fault, logged. */
export function refusalFor(thrown: unknown, { log, metrics }: Pick<RouteContext, "log" | "metrics">): Refusal {
  if (thrown instanceof CompletionError) {
    const { status, code, message, param } = thrown;
    metrics.count("refused_total", `code="${code}"`);
    return { status, body: { error: { message, type: typeOf(status), param, code } } };
  }
  const refusal = refused(thrown, log);
  const { code, message, advice } = refusal.told();
  metrics.count("refused_total", `code="${code}"`);
  const told = `${message[0]!.toUpperCase()}${message.slice(1)}. ${advice}`;
  return {
    status: refusal.status,
    body: { error: { message: told, type: typeOf(refusal.status), param: null, code } },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
