/** WebSockets at /v1/chat: who is let in, heartbeats, and the end of all connections. */
import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { Connection, type ConnectionContext } from "./connection.ts";
import { refusalOf, ServerError } from "./errors.ts";
import { checkOrigin, type OriginRule } from "./origin.ts";
import { outbox } from "./outbox.ts";
import { CHAT_PATH, CLOSE, SUBPROTOCOL } from "./protocol.ts";
import type { Tickets } from "./tickets.ts";
import { type Authenticate, bearerOf, type Holder } from "./tokens.ts";

/** Heartbeats are spread over this many moments, so that thousands do not beat at once. */
const SLOTS = 32;

export interface ChatSockets {
  readonly count: number;
  /** Tells everybody that the server goes down, and closes their connections. */
  closeAll(): void;
  /** Cuts off who is still there, and ends the heartbeats. */
  end(): void;
}

export interface ChatContext extends Omit<ConnectionContext, "post"> {
  readonly authenticate: Authenticate;
  readonly tickets: Tickets;
  readonly origin: OriginRule;
}

export function serveChat(server: Server, context: ChatContext): ChatSockets {
  const { limits, hub, metrics } = context;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.payloadBytes,
    handleProtocols: () => SUBPROTOCOL,
  });
  const connected: ConnectionContext = { ...context, post: outbox() };
  const slots = Array.from({ length: SLOTS }, () => new Set<Connection>());
  let count = 0;
  let next = 0;

  const admit = (request: IncomingMessage): Holder => {
    const url = new URL(request.url ?? "/", "http://server");
    if (url.pathname !== CHAT_PATH) throw new ServerError("not-found", `WebSockets are served at ${CHAT_PATH}`);
    checkOrigin(request, context.origin);
    if (hub.draining) throw new ServerError("draining", "the server goes down");
    const ticket = url.searchParams.get("ticket");
    const holder =
      ticket === null
        ? context.authenticate(bearerOf(request.headers.authorization))
        : context.tickets.redeem(ticket, performance.now());
    if (!holder) throw new ServerError("unauthorized", "no valid token or ticket was sent");
    if (count >= limits.connections) throw new ServerError("overloaded", "too many connections are open");
    const offered = request.headers["sec-websocket-protocol"];
    if (offered !== undefined && !offered.split(",").some((name) => name.trim() === SUBPROTOCOL))
      throw new ServerError("bad-message", `this server speaks ${SUBPROTOCOL}`);
    return holder;
  };

  server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on("error", () => stream.destroy());
    let holder: Holder;
    try {
      holder = admit(request);
    } catch (error) {
      const refusal = refusalOf(error);
      metrics.count("refused_total", `code="${refusal.code}"`);
      return refuseUpgrade(stream, refusal);
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const connection = new Connection(socket, stream, holder, connected);
      const slot = slots[next++ % SLOTS]!;
      slot.add(connection);
      count++;
      socket.once("close", () => {
        slot.delete(connection);
        count--;
      });
    });
  });

  let beat = 0;
  const heart = setInterval(() => {
    const now = performance.now();
    for (const connection of slots[beat++ % SLOTS]!) connection.beat(now);
  }, limits.heartbeatMs / SLOTS);
  heart.unref();

  const everyone = (): Connection[] => slots.flatMap((slot) => [...slot]);
  return {
    get count() {
      return count;
    },
    closeAll() {
      for (const connection of everyone()) {
        connection.tell([
          { type: "draining", seq: connection.seq, advice: new ServerError("draining", "").told().advice },
        ]);
        connection.leave(CLOSE.restart, "the server goes down; connect again and resume");
      }
    },
    end() {
      clearInterval(heart);
      for (const connection of everyone()) connection.terminate();
    },
  };
}

function refuseUpgrade(stream: Duplex, refusal: ServerError): void {
  const body = JSON.stringify({ error: refusal.told() });
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(refusal.status === 401 ? ["WWW-Authenticate: Bearer"] : []),
  ];
  stream.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
