/** A clinic's server with a person, two clinicians who work through the queue, and one who does not; and a receiver of webhooks. */
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { Dossier, Queue, Undelivered } from "../../../apps/handover/api.ts";
import { Notice } from "../../../apps/handover/notice.ts";
import { servedConversation } from "../../../apps/server/conversation.ts";
import type { Audience } from "../../../apps/server/protocol.ts";
import type { ServerOptions } from "../../../apps/server/server.ts";
import type { AgentCore } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { serving } from "../server/serving.ts";

export const conversation = servedConversation(clinic, bayesAgent(clinic) as AgentCore, { budget: 6 });

const record = (name: string, audience: Audience, queue?: true) => ({
  name,
  audience,
  sha256: hash("sha256", name, "hex"),
  ...(queue && { queue }),
});
/** Each token is its holder's name. */
export const TOKENS = [
  record("ada", "patient"),
  record("dr-grey", "clinician", true),
  record("dr-house", "clinician", true),
  record("dr-who", "clinician"),
];

export async function ward(options: Partial<ServerOptions> = {}): Promise<Ward> {
  return wardAt((await serving({ conversation, tokens: TOKENS, ...options })).url);
}

export type Ward = ReturnType<typeof wardAt>;

export function wardAt(url: string) {
  const call = async (method: string, path: string, body?: unknown, token = "dr-grey") => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const say = (consultation: string, text: string, token = "ada") =>
    call("POST", `/v1/consultations/${consultation}/messages`, { text }, token);
  return {
    url,
    call,
    say,
    /** A consultation that was opened and so much said in it. */
    async consulted(words: readonly string[], person: object = {}, token = "ada"): Promise<string> {
      const { body } = await call("POST", "/v1/consultations", { consent: true, ...person }, token);
      for (const text of words) await say(body.consultation, text, token);
      return body.consultation;
    },
    queue: async () => Queue.parse((await call("GET", "/v1/queue")).body),
    dossier: async (consultation: string) => Dossier.parse((await call("GET", `/v1/queue/${consultation}`)).body),
    undelivered: async () => Undelivered.parse((await call("GET", "/v1/undelivered")).body).undelivered,
    review: (consultation: string, review: object, token = "dr-grey") =>
      call("POST", `/v1/queue/${consultation}/review`, review, token),
  };
}

/** Ends at once, by a red flag. */
export const BLOOD = ["I have a cough", "I smoke and I am coughing up blood"];
/** Handed to a person. */
export const CRISIS = ["I want to kill myself"];

export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly notice: Notice;
  readonly at: number;
}

/** Answers the n-th request, from 0; without an answer of its own, 204. */
export async function receiver(answer: (n: number, response: ServerResponse) => void = () => {}) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    received.push({ headers: request.headers, text, notice: Notice.parse(JSON.parse(text)), at: performance.now() });
    answer(received.length - 1, response);
    if (!response.writableEnded && !response.headersSent) response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, received, server };
}

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "anamnesis-handover-"));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

/** Waits until it holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 8_000): Promise<void> {
  const limit = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}
