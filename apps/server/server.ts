/** The chat server, put together: HTTP and WebSockets on one port, and an orderly end. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Mailbox } from "../../gpu-trainer/index.ts";
import { type Clock, type EventStore, systemClock } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { Handover, type HandoverOptions } from "../handover/handover.ts";
import { type Tracing, untraced } from "../tracing/index.ts";
import type { ServedConversation } from "./conversation.ts";
import type { Endpoints } from "./endpoint.ts";
import { Hub } from "./hub.ts";
import { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import { projectionOf } from "./log-messages.ts";
import { Metrics } from "./metrics.ts";
import { isLoopback } from "./origin.ts";
import { builtPage } from "./page.ts";
import type { Audience } from "./protocol.ts";
import { ratePerHolder, restListener } from "./rest.ts";
import { retention } from "./retention.ts";
import { withReview } from "./review.ts";
import type { RouteContext } from "./routes.ts";
import { ticketOffice } from "./tickets.ts";
import { type TokenRecord, withoutTokens, withTokens } from "./tokens.ts";
import { serveChat } from "./websocket.ts";

export interface ServerOptions {
  readonly conversation: ServedConversation;
  /** Closed by the server when it ends. */
  readonly store: EventStore;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Without them everybody is let in, which is allowed on a loopback address only. */
  readonly tokens?: readonly TokenRecord[] | undefined;
  /** What somebody without a token sees. Default: patient. */
  readonly audience?: Audience;
  /** Pages of other places that may speak to the server. */
  readonly origins?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly log?: Log;
  readonly tracing?: Tracing;
  readonly clock?: Clock;
  readonly version?: string;
  /** What is answered beside the table of routes: protocols, webhooks. */
  readonly endpoints?: Endpoints;
  /** Milliseconds after its last event that a consultation is deleted. Default 0: as long as the store keeps it. */
  readonly retentionMs?: number | undefined;
  /** Held batches of a training run, for people to decide on at `/review`. */
  readonly review?: Mailbox | undefined;
  /** How other systems are told of consultations that ended, see docs/handover.md. */
  readonly handover?: HandoverOptions | undefined;
}

export interface RunningServer {
  readonly port: number;
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** Takes nothing new in, lets what is under way finish, tells the clients, closes the store. May be called twice. */
  drain(): Promise<void>;
}

const SWEEP_MS = 10_000;
/** Milliseconds that clients have to read the last messages. */
const FAREWELL_MS = 1_000;

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { conversation, port = 0, host = "127.0.0.1", tokens, audience = "patient", origins = [] } = options;
  const {
    log = () => {},
    clock = systemClock,
    version = "0",
    review,
    endpoints = () => [],
    tracing = untraced,
  } = options;
  if (!tokens && !isLoopback(host)) {
    const message = `${host} can be reached from elsewhere; give --token-file, or serve on 127.0.0.1`;
    throw new CommandError("no-tokens", message);
  }
  const limits = Limits.parse(options.limits ?? {});
  const authenticate = tokens ? withTokens(tokens) : withoutTokens(audience);
  const metrics = new Metrics(() => ({
    connections: { help: "Open WebSockets.", value: chat.count },
    consultations: { help: "Consultations in memory.", value: hub.size },
    under_way: { help: "Messages that are being answered or wait.", value: hub.underWay },
    waiting: { help: "Consultations that wait for a clinician.", value: handover.register.counts.waiting },
    undelivered: {
      help: "Consultations of which another system could not be told.",
      value: handover.register.counts.undelivered,
    },
    resident_bytes: { help: "Resident memory.", value: process.memoryUsage.rss() },
  }));
  const projection = projectionOf(conversation);
  const handover = new Handover(
    { store: options.store, conversation, projection, clock, log, tracing },
    options.handover,
  );
  const { store } = handover;
  const hub = new Hub({ store, conversation, projection, clock, limits, metrics, log, tracing });
  const remove = (consultation: string) => hub.remove(consultation);
  const { retentionMs = 0 } = options;
  const keeping = retentionMs > 0 ? retention({ store, clock, log, remove }, retentionMs) : undefined;
  const tickets = ticketOffice();
  const page = review ? withReview(await builtPage()) : await builtPage();
  const desk = review && { mailbox: review, isOpen: !tokens };
  const context: RouteContext = {
    conversation,
    hub,
    store,
    tickets,
    clock,
    limits,
    log,
    metrics,
    version,
    review: desk,
    handover,
  };
  const mayCall = ratePerHolder(limits);
  const origin = { origins, localOnly: !tokens };
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000 },
    restListener({ ...context, tracing, authenticate, origin, mayCall, page, endpoints: await endpoints(context) }),
  );
  const chat = serveChat(server, { hub, tickets, authenticate, origin, limits, metrics, log, mayOpen: mayCall });
  const sweep = setInterval(() => void hub.sweep(performance.now()), Math.min(SWEEP_MS, limits.expireMs));
  sweep.unref();

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `cannot listen on ${host}:${port}: ${String(cause)}; choose another --port or --host`;
      reject(new CommandError("not-listening", message, { cause }));
    });
    server.listen(port, host, 1_024, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  keeping?.begin();
  handover.begin(hub);

  const end = async (): Promise<void> => {
    const began = performance.now();
    hub.stop();
    clearInterval(sweep);
    const kept = keeping?.stop();
    const closed = new Promise((resolve) => server.close(resolve));
    await Promise.race([hub.settled(), sleep(limits.drainMs, undefined, { ref: false })]);
    chat.closeAll();
    for (let waited = 0; chat.count > 0 && waited < FAREWELL_MS; waited += 20) await sleep(20);
    chat.end();
    server.closeIdleConnections();
    await Promise.race([closed, sleep(FAREWELL_MS, undefined, { ref: false })]);
    server.closeAllConnections();
    await handover.stop();
    await kept;
    await store.close();
    log("info", { event: "stopped", ms: Math.round(performance.now() - began) });
  };
  let ending: Promise<void> | undefined;
  return {
    port: bound,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    drain() {
      ending ??= end();
      return ending;
    },
  };
}
