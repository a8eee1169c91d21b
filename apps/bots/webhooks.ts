/**
 * Webhooks of channels over HTTP, one path a channel. A request is verified before it is read, and answered once what it
 * led to is stored. A delivery that comes again is answered with silence, unless the first answer is known to be lost.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AnamnesisError } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { type Log, traceOf } from "../server/log.ts";
import { Conversations, type ConversationsOptions } from "./conversations.ts";
import { BotError } from "./errors.ts";
import { type BotOptions, openPractice, type Practice } from "./practice.ts";
import type { Answer, Channel, Delivery, Reply, WebhookRequest } from "./types.ts";

export interface ListenerOptions extends ConversationsOptions {
  /** By path, for example `/telegram`. */
  readonly channels: Readonly<Record<string, Channel>>;
  /** The most bytes of a body. Default 256 KiB. */
  readonly payloadBytes?: number | undefined;
  readonly log?: Log | undefined;
}

/** Lost answers that are remembered. */
const LOST = 10_000;

/** For a server of your own, such as one that ends TLS. */
export function webhookListener(practice: Practice, options: ListenerOptions): RequestListener {
  const { channels, payloadBytes = 256 * 1_024, log = () => {} } = options;
  const conversations = new Conversations(practice, options);
  /** Answers that never reached the vendor, to be given when the delivery comes again. */
  const lost = new Map<string, Reply>();
  /** Answers that are being sent. */
  const leaving = new Map<string, Promise<unknown>>();
  const keyOf = (channel: Channel, { delivery }: Pick<Answer, "delivery">): string =>
    JSON.stringify([channel.name, delivery.conversation, delivery.id]);

  const keep = (channel: Channel, answers: readonly Answer[]): void => {
    for (const answer of answers) {
      if (answer.delivery.id === undefined || answer.reply.text === "") continue;
      lost.set(keyOf(channel, answer), answer.reply);
      if (lost.size > LOST) lost.delete(lost.keys().next().value as string);
    }
  };

  const answered = async (channel: Channel, request: WebhookRequest): Promise<Answer[]> => {
    await channel.verify(request);
    const answers: Answer[] = [];
    try {
      for (const delivery of channel.parse(request))
        answers.push({ delivery, reply: await replyTo(channel, delivery) });
    } catch (error) {
      // The whole request comes again: what was answered is given then.
      keep(channel, answers);
      throw error;
    }
    return answers;
  };

  const replyTo = async (channel: Channel, delivery: Delivery): Promise<Reply> => {
    const reply = await conversations.take(channel.name, delivery);
    const key = keyOf(channel, { delivery });
    if (reply.repeated) {
      // Lets the first answer find out that nobody waits for it any more, or that it does not get through.
      await new Promise(setImmediate);
      await leaving.get(key);
    }
    const again = reply.repeated ? { ...(lost.get(key) ?? { ...reply, text: "" }), repeated: true } : reply;
    lost.delete(key);
    return again;
  };

  /** Whether the channel sent the answer. One that did not get through is given when the delivery comes again. */
  const sends = async (channel: Channel, answer: Answer): Promise<boolean> => {
    if (!channel.send || answer.reply.text === "") return false;
    const key = keyOf(channel, answer);
    const sent = channel.send(answer).catch((error) => {
      if (!(error instanceof BotError && error.code === "unconfirmed")) keep(channel, [answer]);
      throw error;
    });
    leaving.set(
      key,
      sent.catch(() => {}),
    );
    return sent.finally(() => leaving.delete(key));
  };

  /** Sends the answers that do not travel in the response, and gives those that do. */
  const unsent = async (channel: Channel, answers: readonly Answer[]): Promise<readonly Answer[]> => {
    const travelling: Answer[] = [];
    const failures: unknown[] = [];
    for (const answer of answers) {
      await sends(channel, answer).then(
        (isSent) => !isSent && travelling.push(answer),
        (error) => failures.push(error),
      );
    }
    if (failures.length === 0) return travelling;
    keep(channel, travelling);
    throw failures[0];
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = "/", method } = incoming;
    const path = url.split("?")[0]!;
    if (path === "/healthz") return send(response, 200, "text/plain", "ok\n");
    const channel = Object.hasOwn(channels, path) ? channels[path] : undefined;
    if (!channel) throw new BotError("not-found", "no channel is at this path");
    if (method === "GET" && channel.confirm) {
      const { type, body } = channel.confirm(url);
      return send(response, 200, type, body);
    }
    if (method !== "POST") throw new BotError("bad-method", "expected POST");
    const body = await bodyOf(incoming, payloadBytes);
    const header = (name: string): string | undefined => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    };
    const answers = await answered(channel, { url, header, body });
    const travelling = await unsent(channel, answers);
    const keepIfLost = (): void => {
      if (!response.writableFinished) keep(channel, travelling);
    };
    response.once("close", keepIfLost);
    if (response.closed) keepIfLost();
    const { type, body: text } = channel.render(answers);
    send(response, 200, type, text);
  };

  return (incoming, response) => {
    serve(incoming, response).catch((error) => {
      const { status, code, message } = refusalOf(error);
      log(status < 500 ? "warn" : "error", { event: "refused", code, ...(status >= 500 && { error: traceOf(error) }) });
      if (!incoming.complete) response.setHeader("Connection", "close");
      send(response, status, "application/json", JSON.stringify({ error: { code, message } }));
    });
  };
}

export interface WebhookOptions extends BotOptions, ListenerOptions {
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1: vendors reach it through a proxy that ends TLS. */
  readonly host?: string | undefined;
  readonly log?: Log | undefined;
}

export interface RunningWebhooks {
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** Takes nothing new in, lets what is under way finish, closes the store that it opened. */
  close(): Promise<void>;
}

export async function serveWebhooks(options: WebhookOptions): Promise<RunningWebhooks> {
  const { port = 0, host = "127.0.0.1" } = options;
  const practice = await openPractice(options);
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, webhookListener(practice, options));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, 1_024, resolve);
    });
  } catch (cause) {
    await practice.close();
    throw new BotError("bad-options", `cannot listen on ${host}:${port}: ${String(cause)}`, cause);
  }
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
      await practice.close();
    },
  };
}

async function bodyOf(incoming: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new BotError("too-large", `a body has at most ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent || response.destroyed) return;
  response.setHeader("Cache-Control", "no-store");
  response.writeHead(status, { "Content-Type": type }).end(body);
}

/** What is told of something thrown: of what is not our own, nothing. */
function refusalOf(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof BotError || error instanceof ServerError) {
    const { status, code, message } = error;
    return { status, code, message };
  }
  const isStore = error instanceof AnamnesisError && error.code === "store-unavailable";
  return { status: isStore ? 503 : 500, code: "internal", message: "something failed; deliver it again" };
}
