/** HTTP: the routes behind authentication, origin, rate and size; health, metrics, the OpenAPI document and the page beside them. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { refusalOf, ServerError } from "./errors.ts";
import { type Limits, RateLimit } from "./limits.ts";
import { type Log, traceOf } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { checkOrigin, type OriginRule } from "./origin.ts";
import { type Page, pageAnswer } from "./page.ts";
import { type RouteContext, routeOf } from "./routes.ts";
import { type Authenticate, bearerOf, type Holder } from "./tokens.ts";

export interface RestContext extends RouteContext {
  readonly authenticate: Authenticate;
  readonly origin: OriginRule;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly version: string;
  readonly mayCall: (holder: Holder) => boolean;
  readonly page: Page;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** For the metrics: the path as the table has it. */
  readonly route: string;
}

export function restListener(context: RestContext): RequestListener {
  const openApi = JSON.stringify(openApiDocument(context.version));
  const { metrics, hub } = context;

  const plain: Record<string, () => Omit<Answer, "route">> = {
    "/healthz": () => ({ status: 200, type: "text/plain", body: "ok\n" }),
    "/readyz": () =>
      hub.draining
        ? { status: 503, type: "text/plain", body: "draining\n" }
        : { status: 200, type: "text/plain", body: "ready\n" },
    "/metrics": () => ({ status: 200, type: "text/plain; version=0.0.4", body: metrics.text() }),
    "/v1/openapi.json": () => ({ status: 200, type: "application/json", body: openApi }),
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
      response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type");
      return { status: 204, route: "preflight" };
    }
    const simple = Object.hasOwn(plain, path) ? plain[path] : undefined;
    const file = context.page.get(path);
    if (simple || file) {
      if (method !== "GET" && method !== "HEAD") throw new ServerError("bad-method", "expected GET");
      return file ? { ...pageAnswer(file, request.headers), route: "page" } : { ...simple!(), route: path };
    }
    if (path === "/") throw new ServerError("not-found", "the page was not built; `npm run build` builds it");
    const { route, id } = routeOf(method, path);
    const holder = context.authenticate(bearerOf(request.headers.authorization));
    if (!holder) throw new ServerError("unauthorized", "no valid token was sent");
    if (!context.mayCall(holder)) throw new ServerError("rate-limited", "too many requests");
    if (route.clinicianOnly && holder.audience !== "clinician")
      throw new ServerError("forbidden", "this is for clinicians");
    const body = route.body ? await readBody(request, route.body.schema, context.limits.payloadBytes) : undefined;
    const result = await route.handle({ holder, id, body }, context);
    const status = result === undefined ? 204 : route.status;
    return result === undefined
      ? { status, route: route.path }
      : { status, route: route.path, type: "application/json", body: JSON.stringify(result) };
  };

  const refuse = (thrown: unknown): Answer => {
    const refusal = refusalOf(thrown);
    if (refusal.code === "internal") context.log("error", { event: "internal", error: traceOf(thrown) });
    metrics.count("refused_total", `code="${refusal.code}"`);
    const body = JSON.stringify({ error: refusal.told() });
    return { status: refusal.status, type: "application/json", body, route: "refused" };
  };

  return async (request, response) => {
    const { status, type, headers = {}, body, route } = await answer(request, response).catch(refuse);
    metrics.count("http_requests_total", `route="${route}",status="${status}"`);
    if (status === 401) response.setHeader("WWW-Authenticate", "Bearer");
    if (hub.draining || !request.complete) response.setHeader("Connection", "close");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (type !== undefined) response.setHeader("Content-Type", type);
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
  };
}

interface Schema {
  safeParse(
    value: unknown,
  ): { success: true; data: unknown } | { success: false; error: { issues: { path: PropertyKey[] }[] } };
}

/** Reads a JSON body of bounded size. A body of another type is refused: a page could send it without asking first. */
async function readBody(request: IncomingMessage, schema: Schema, most: number): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new ServerError("bad-media-type", "expected a JSON body");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new ServerError("too-large", `a body has at most ${most} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
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
