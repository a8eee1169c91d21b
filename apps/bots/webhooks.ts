/**
 * Webhooks of channels over HTTP, one path a channel. A request is verified before it is read, and answered once what it
 * led to is stored. A delivery that comes again is answered with silence, unless the first answer is known to be lost.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AnamnesisError } from "../../src/index.ts";
import { readBody } from "../server/body.ts";
import { ServerError } from "../server/errors.ts";
import { type Log, traceOf } from "../server/log.ts";
import { Conversations, type ConversationsOptions } from "./conversations.ts";
import { BotError } from "./errors.ts";
import { Outbox } from "./outbox.ts";
import { type BotOptions, openPractice, type Practice } from "./practice.ts";
import type { Answer, Channel, WebhookRequest } from "./types.ts";

export interface ListenerOptions extends ConversationsOptions {
  /** By path, for example `/telegram`. */
  readonly channels: Readonly<Record<string, Channel>>;
  /** The most bytes of a body. Default 256 KiB. */
  readonly payloadBytes?: number | undefined;
  readonly log?: Log | undefined;
}

/** For a server of your own, such as one that ends TLS. */
export function webhookListener(practice: Practice, options: ListenerOptions): RequestListener {
  const { channels, payloadBytes = 256 * 1_024, log = () => {} } = options;
  const conversations = new Conversations(practice, options);
  const outbox = new Outbox();

  const answered = async (channel: Channel, request: WebhookRequest): Promise<Answer[]> => {
    await channel.verify(request);
    const answers: Answer[] = [];
    try {
      for (const delivery of channel.parse(request)) {
        const reply = await conversations.take(channel.name, delivery);
        answers.push(await outbox.answerTo(channel, delivery, reply));
      }
    } catch (error) {
      // The whole request comes again: what was answered is given then.
      outbox.keep(channel, answers);
      throw error;
    }
    return answers;
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
    const body = await readBody(incoming, payloadBytes);
    const header = (name: string): string | undefined => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    };
    const answers = await answered(channel, { url, header, body });
    const travelling = await outbox.send(channel, answers);
    const keepIfLost = (): void => {
      if (!response.writableFinished) outbox.keep(channel, travelling);
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

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent || response.destroyed) return;
  // With its length the answer is one piece on the wire; without, it is cut into chunks.
  const headers = { "Content-Type": type, "Content-Length": Buffer.byteLength(body), "Cache-Control": "no-store" };
  response.writeHead(status, headers).end(body);
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
