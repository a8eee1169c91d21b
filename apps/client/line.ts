/**
 * One connection, from its ticket to its end: reads and checks what the server says, and notices when it says nothing any
 * more. Knows the protocol's messages and not what they mean.
 */
import { type ClientMessage, LiveMessage, LogMessage, ServerMessage, SUBPROTOCOL } from "../server/protocol.ts";
import { ChatProblem, NOT_UNDERSTOOD } from "./problems.ts";
import type { ChatClientOptions, Socket } from "./types.ts";

/** How a connection ended: by a close with its code (1006: it was just gone), or since something stands in the way. */
export type LineEnd =
  | { readonly type: "closed"; readonly code: number }
  | { readonly type: "problem"; readonly cause: ChatProblem };

export interface LineOptions extends Pick<ChatClientOptions, "url" | "ticket"> {
  readonly WebSocket: NonNullable<ChatClientOptions["WebSocket"]>;
  readonly helloWithinMs: number;
  readonly onMessage: (message: ServerMessage) => void;
  /** Called once, unless `end` was. */
  readonly onEnd: (end: LineEnd) => void;
}

export interface Line {
  send(message: ClientMessage): void;
  /** Ends the connection and tells nothing more. */
  end(): void;
}

const KNOWN: ReadonlySet<unknown> = new Set(
  [...LogMessage.options, ...LiveMessage.options].map(({ shape }) => shape.type.value),
);
const GONE = 1006;

export function openLine({ url, ticket, WebSocket, helloWithinMs, onMessage, onEnd }: LineOptions): Line {
  let socket: Socket | undefined;
  let isOver = false;
  let isAlive = true;
  let heart: ReturnType<typeof setInterval> | undefined;
  const hello = setTimeout(() => over({ type: "closed", code: GONE }), helloWithinMs);

  const end = (): void => {
    isOver = true;
    clearTimeout(hello);
    clearInterval(heart);
    socket?.close(1000);
  };
  const over = (how: LineEnd): void => {
    if (isOver) return;
    end();
    onEnd(how);
  };
  const send = (message: ClientMessage): void => {
    if (!isOver) socket?.send(JSON.stringify(message));
  };
  const beat = (): void => {
    if (!isAlive) over({ type: "closed", code: GONE });
    isAlive = false;
    send({ type: "ping" });
  };
  const hear = (data: unknown): void => {
    if (isOver) return;
    isAlive = true;
    const said = jsonOf(data);
    // What a later server may say besides.
    if (isObject(said) && "type" in said && !KNOWN.has(said.type)) return;
    const message = ServerMessage.safeParse(said);
    if (!message.success) {
      over({ type: "problem", cause: new ChatProblem(NOT_UNDERSTOOD, false, message.error) });
      return;
    }
    if (message.data.type === "hello") {
      clearTimeout(hello);
      clearInterval(heart);
      heart = setInterval(beat, message.data.heartbeatMs);
    }
    onMessage(message.data);
  };

  const open = (given: string | undefined): void => {
    if (isOver) return;
    const address = new URL(url);
    if (given !== undefined) address.searchParams.set("ticket", given);
    socket = new WebSocket(address.href, SUBPROTOCOL);
    socket.addEventListener("message", ({ data }) => hear(data));
    socket.addEventListener("close", ({ code }) => over({ type: "closed", code }));
    // A close follows.
    socket.addEventListener("error", () => {});
  };
  (ticket?.() ?? Promise.resolve(undefined)).then(open).catch((cause: unknown) => {
    over(cause instanceof ChatProblem ? { type: "problem", cause } : { type: "closed", code: GONE });
  });
  return { send, end };
}

function jsonOf(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
