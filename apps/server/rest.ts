/** HTTP: the routes behind authentication, origin, rate and size; health, metrics, the OpenAPI document and the page beside them. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Tracing } from "../tracing/index.ts";
import { readBody } from "./body.ts";
import type { Endpoint } from "./endpoint.ts";
import { ServerError } from "./errors.ts";
import { type Limits, RateLimit } from "./limits.ts";
import { openApiDocument } from "./openapi.ts";
import { checkOrigin, type OriginRule } from "./origin.ts";
import { type Page, pageAnswer } from "./page.ts";
import { refused } from "./refused.ts";
import { routerOf } from "./router.ts";
import { ROUTES, type Route, type RouteContext } from "./routes.ts";
import { type Authenticate, bearerOf, type Holder } from "./tokens.ts";

export interface RestContext extends RouteContext {
  readonly authenticate: Authenticate;
  readonly origin: OriginRule;
  readonly endpoints: readonly Endpoint[];
  readonly mayCall: (holder: Holder) => boolean;
  readonly page: Page;
  readonly tracing: Tracing;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** For the metrics: the path as the table has it. */
  readonly route: string;
  /** An endpoint answered by itself. */
  readonly written?: true;
}

export function restListener(context: RestContext): RequestListener {
  const { metrics, hub, endpoints, tracing, log } = context;
  const openApi = JSON.stringify(openApiDocument(context.version, endpoints));
  const router = routerOf<Route | Endpoint>([...ROUTES, ...endpoints]);

  const plain: Record<string, () => Omit<Answer, "route">> = {
    "/healthz": () => ({ status: 200, type: "text/plain", body: "ok\n" }),
    "/readyz": () =>
      hub.draining
        ? { status: 503, type: "text/plain", body: "draining\n" }
        : { status: 200, type: "text/plain", body: "ready\n" },
    "/metrics": () => ({ status: 200, type: "text/plain; version=0.0.4", body: metrics.text() }),
    "/v1/openapi.json": () => ({ status: 200, type: "application/json", body: openApi }),
  };

  const admit = (request: IncomingMessage): Holder => {
    const holder = context.authenticate(bearerOf(request.headers.authorization));
    if (!holder) throw new ServerError("unauthorized", "no valid token was sent");
    if (!context.mayCall(holder)) throw new ServerError("rate-limited", "too many requests");
    return holder;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
    const { method = "GET", url = "/" } = request;
    const path = url.split("?")[0]!;
    const allowed = checkOrigin(request, context.origin);
    if (allowed !== undefined) {
      response.setHeader("Access-Control-Allow-Origin", allowed);
      response.setHeader("Vary", "Origin");
    }
    if (method === "OPTIONS") {
      response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE");
      // Whatever a client of one of the protocols sends along: only a page that is allowed gets this far.
      const asked = request.headers["access-control-request-headers"];
      response.setHeader("Access-Control-Allow-Headers", asked ?? "Authorization, Content-Type");
      return { status: 204, route: "preflight" };
    }
    const simple = Object.hasOwn(plain, path) ? plain[path] : undefined;
    const file = context.page.get(path);
    if (simple || file) {
      if (method !== "GET" && method !== "HEAD") throw new ServerError("bad-method", "expected GET");
      if (file) return { ...pageAnswer(file, request.headers), route: "page" };
      if (!OPEN.has(path)) admit(request);
      return { ...simple!(), route: path };
    }
    if (path === "/") throw new ServerError("not-found", "the page was not built; `npm run build` builds it");
    const { found: route, id } = router(method, path);
    tracing.mark({ method, route: route.path });
    if ("serve" in route) {
      settle(request, response);
      if (route.guard === "token") await route.serve(request, response, { holder: admit(request), id });
      else await route.serve(request, response, { id });
      return { status: response.statusCode, route: route.path, written: true };
    }
    const holder = admit(request);
    if (route.clinicianOnly && holder.audience !== "clinician")
      throw new ServerError("forbidden", "this is for clinicians");
    const body = route.body ? await readJson(request, route.body.schema, context.limits.payloadBytes) : undefined;
    const result = await route.handle({ holder, id, body }, context);
    const status = result === undefined ? 204 : route.status;
    return result === undefined
      ? { status, route: route.path }
      : { status, route: route.path, type: "application/json", body: JSON.stringify(result) };
  };

  const refuse = (thrown: unknown): Answer => {
    const refusal = refused(thrown, log);
    metrics.count("refused_total", `code="${refusal.code}"`);
    const body = JSON.stringify({ error: refusal.told() });
    return { status: refusal.status, type: "application/json", body, route: "refused" };
  };

  const settle = (request: IncomingMessage, response: ServerResponse): void => {
    if (hub.draining || !request.complete) response.setHeader("Connection", "close");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const { status, type, headers = {}, body, route, written } = await answer(request, response).catch(refuse);
    metrics.count("http_requests_total", `route="${route}",status="${status}"`);
    tracing.mark({ status });
    log("debug", { event: "answered", route, code: status, ms: Math.round(performance.now() - began) });
    if (written) return;
    // Thrown when its answer had begun already: all that can be told is that it is not whole.
    if (response.headersSent) return void response.destroy();
    if (status === 401) response.setHeader("WWW-Authenticate", "Bearer");
    settle(request, response);
    if (type !== undefined) response.setHeader("Content-Type", type);
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
  };

  return (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const path = url.split("?")[0]!;
    // What is asked for all day long would hide the rest.
    if (Object.hasOwn(plain, path) || context.page.has(path)) return respond(request, response);
    const traceparent = headers.traceparent?.toString();
    return tracing.span(`HTTP ${method}`, { method }, () => respond(request, response), traceparent);
  };
}

interface Schema {
  safeParse(
    value: unknown,
  ): { success: true; data: unknown } | { success: false; error: { issues: { path: PropertyKey[] }[] } };
}

/** Paths that everybody may ask for: what keeps a process running must not need a secret. */
const OPEN: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Reads a JSON body of at most so many bytes. A body of another type is refused: a page could send it without asking first.
 * Throws `bad-media-type`, `too-large` and `bad-message`.
 */
export async function readJson(request: IncomingMessage, schema: Schema, most: number): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new ServerError("bad-media-type", "expected a JSON body");
  const body = await readBody(request, most);
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new ServerError("bad-message", "the body is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.map(String).join(".") || "the body";
  throw new ServerError("bad-message", `${field} is not as the API has it`);
}

/** One bucket a holder, made when it is first needed: there are as many as tokens. */
export function ratePerHolder({ requestsPerSecond, requestsAtOnce }: Limits): (holder: Holder) => boolean {
  const rates = new Map<string, RateLimit>();
  return ({ name }) => {
    const now = performance.now();
    const rate = rates.get(name) ?? new RateLimit(requestsPerSecond, requestsAtOnce, now);
    rates.set(name, rate);
    return rate.take(now);
  };
}
