/** A chat client for tests: says, collects, waits. Every message is held against the protocol. */
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { ServerMessage } from "../../../apps/server/protocol.ts";

type Kind = ServerMessage["type"];
export type Told<K extends Kind> = Extract<ServerMessage, { type: K }>;

export interface Client {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[];
  /** Code and reason of the close. */
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: object | string): void;
  /** Says words and waits until they are accepted; gives the id. */
  say(text: string, id?: string): Promise<string>;
  /** Chooses the first of these labels that is offered. */
  choose(...labels: string[]): Promise<void>;
  /** The next message of a kind that was not yet waited for. */
  next<K extends Kind>(...kinds: K[]): Promise<Told<K>>;
  all<K extends Kind>(kind: K): Told<K>[];
  /** What to resume from. */
  seq(): number;
  close(): void;
}

export interface Connecting {
  readonly token?: string;
  readonly origin?: string;
  readonly query?: string;
  readonly protocols?: string[];
}

/** Fails with the status and the body of a refused upgrade. */
export async function connect(url: string, options: Connecting = {}): Promise<Client> {
  const { token, origin, query = "", protocols = ["anamnesis.v1"] } = options;
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/chat${query}`, protocols, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(origin !== undefined && { origin }),
  });
  const messages: ServerMessage[] = [];
  let at = 0;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  socket.on("message", (data) => {
    messages.push(ServerMessage.parse(JSON.parse(data.toString())));
    wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on("close", () => wake());
  await new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
    socket.on("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => reject(new Error(`${response.statusCode} ${body}`)));
    });
  });

  /** The first message from `start` on that `wanted` says yes to, and its place. */
  const find = async (what: string, start: number, wanted: (message: ServerMessage) => boolean): Promise<number> => {
    const limit = performance.now() + 5_000;
    for (let place = start; ; place++) {
      while (place >= messages.length) {
        if (socket.readyState >= socket.CLOSING) throw new Error(`closed before ${what}`);
        if (performance.now() > limit) throw new Error(`no ${what} within 5 s`);
        const timer = setTimeout(wake, 5_000);
        await new Promise<void>((resolve) => waiting.add(resolve));
        clearTimeout(timer);
      }
      if (wanted(messages[place]!)) return place;
    }
  };
  const next = async <K extends Kind>(...kinds: K[]): Promise<Told<K>> => {
    const place = await find(kinds.join(" or "), at, ({ type }) => (kinds as Kind[]).includes(type));
    at = place + 1;
    return messages[place] as Told<K>;
  };
  /** Sends a message and waits until it is accepted; fails with the code of a refusal. */
  const deliver = async (message: { readonly id: string }): Promise<void> => {
    const start = messages.length;
    send(message);
    const place = await find(`answer to ${message.id}`, start, (each) => "id" in each && each.id === message.id);
    const answer = messages[place]!;
    if (answer.type === "error") throw new Error(answer.code);
  };
  const send = (message: object | string): void =>
    socket.send(typeof message === "string" ? message : JSON.stringify(message));

  return {
    socket,
    messages,
    closed,
    send,
    next,
    async say(text, id = randomUUID()) {
      await deliver({ type: "message", id, text } as { id: string });
      return id;
    },
    async choose(...labels) {
      const offered = messages.findLast((message) => message.type === "question");
      const suggestion =
        offered?.type === "question" && offered.suggestions.find(({ label }) => labels.includes(label));
      if (!suggestion) throw new Error(`${labels.join(", ")} is not offered`);
      await deliver({ type: "choose", id: randomUUID(), observed: suggestion.observed } as { id: string });
    },
    all: <K extends Kind>(kind: K) => messages.filter((message): message is Told<K> => message.type === kind),
    seq: () => Math.max(0, ...messages.map(({ seq }) => seq)),
    close: () => socket.close(),
  };
}

/** Connects and opens a consultation; gives its id too. */
export async function opened(
  url: string,
  options: Connecting & { readonly person?: object } = {},
): Promise<{ client: Client; consultation: string }> {
  const client = await connect(url, options);
  client.send({ type: "open", consent: true, ...options.person });
  const { consultation } = await client.next("opened");
  await client.next("consented");
  return { client, consultation };
}
