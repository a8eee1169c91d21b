/** The outgoing webhook against real receivers: signatures, attempts, what is given up, restarts. */
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { webhookSignature } from "../../../apps/bots/index.ts";
import type { HandoverOptions } from "../../../apps/handover/handover.ts";
import type { Occurrence } from "../../../apps/server/log.ts";
import { openFileStore } from "../../../apps/server/stores/file.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { EventStore } from "../../../src/index.ts";
import { serving } from "../server/serving.ts";
import {
  BLOOD,
  CRISIS,
  conversation,
  folder,
  receiver,
  SECRET,
  TOKENS,
  until,
  type Ward,
  ward,
  wardAt,
} from "./ward.ts";

const QUICK = [20, 40, 60];

const told = (url: string, more: Partial<HandoverOptions> = {}) => ({
  handover: { webhook: { url, secret: SECRET, name: "clinic" }, schedule: QUICK, claimEveryMs: 50, ...more },
});

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: number, response: ServerResponse) =>
    void response.writeHead(code, headers).end("no");

const notified = async (at: Ward, id: string) =>
  (await at.dossier(id)).messages.filter(({ type }) => type === "notified");

describe("the webhook", () => {
  test("tells of an end and of a review, signed, without a word of the person", async () => {
    const { url, received } = await receiver();
    const at = await ward(told(url, { publicUrl: "https://clinic.example/" }));
    const id = await at.consulted(BLOOD, { age: 50 });
    await until("told of the end", async () => (await notified(at, id)).length === 1);
    const { seq } = await at.dossier(id);
    await at.review(id, { seq, decision: "confirmed", note: "a-note" });
    await until("told of the review", async () => (await notified(at, id)).length === 2);
    const [ended, reviewed] = received;
    expect(ended!.notice).toEqual({
      type: "consultation.ended",
      consultation: id,
      time: expect.any(String),
      end: "concluded",
      urgency: "emergency",
      redFlags: 1,
      url: `https://clinic.example/v1/queue/${id}`,
    });
    expect(reviewed!.notice).toMatchObject({ type: "consultation.reviewed", decision: "confirmed" });
    for (const { headers, text } of received) {
      const { "webhook-id": message, "webhook-timestamp": time, "webhook-signature": signature } = headers;
      expect(signature).toBe(webhookSignature(SECRET, String(message), String(time), text));
      expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(5);
      expect(text).not.toMatch(/cough|smok|a-note|dr-grey/);
    }
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
    expect(await notified(at, id)).toMatchObject([
      { to: "clinic", outcome: "delivered", attempts: 1 },
      { to: "clinic", outcome: "delivered", attempts: 1 },
    ]);
    const { decided } = await at.queue();
    expect(decided[0]!.notified).toEqual({ outcome: "delivered", attempts: 1 });
  });

  test("is not confused by its own account: a review of what was read before is taken", async () => {
    const { url } = await receiver();
    const at = await ward(told(url));
    const id = await at.consulted(BLOOD);
    const { seq } = await at.dossier(id);
    await until("told", async () => (await notified(at, id)).length === 1);
    expect(
      (await at.review(id, { seq: Math.min(seq, (await at.dossier(id)).seq - 1), decision: "confirmed" })).status,
    ).toBe(200);
  });

  test("is tried again under the same id until it is taken", async () => {
    const { url, received } = await receiver((n, response) => {
      if (n < 2) response.writeHead([500, 302][n]!, { location: "http://127.0.0.1:1/" }).end();
    });
    const at = await ward(told(url));
    const id = await at.consulted(CRISIS);
    await until("delivered", async () => (await notified(at, id)).length === 1);
    expect(received.length).toBe(3);
    expect(new Set(received.map(({ headers, text }) => `${headers["webhook-id"]} ${text}`)).size).toBe(1);
    expect(await notified(at, id)).toMatchObject([{ outcome: "delivered", attempts: 3 }]);
  });

  test("leaves the receiver alone for as long as it asks", async () => {
    const { url, received } = await receiver((n, response) => {
      if (n === 0) response.writeHead(429, { "retry-after": "1" }).end();
    });
    const at = await ward(told(url));
    const id = await at.consulted(BLOOD);
    await until("delivered", async () => (await notified(at, id)).length === 1);
    expect(received[1]!.at - received[0]!.at).toBeGreaterThan(950);
  });

  test("that nobody takes is given up, listed, and sent again when somebody says so", async () => {
    let up = false;
    const { url, received } = await receiver((_, response) => {
      if (!up) response.writeHead(503).end();
    });
    const at = await ward(told(url));
    const id = await at.consulted(BLOOD);
    await until("given up", async () => (await at.undelivered()).length === 1);
    expect(await at.undelivered()).toEqual([
      { consultation: id, to: "clinic", attempts: 4, reason: "status 503", time: expect.any(String) },
    ]);
    expect(received.length).toBe(4);
    expect((await at.queue()).waiting[0]!.notified).toEqual({ outcome: "dead", attempts: 4 });
    expect((await at.call("POST", "/v1/undelivered/no-such")).status).toBe(404);
    up = true;
    expect(await at.call("POST", `/v1/undelivered/${id}`)).toEqual({
      status: 200,
      body: { consultation: id, to: "clinic" },
    });
    await until("delivered", async () => (await at.undelivered()).length === 0);
    expect(received.at(-1)!.headers["webhook-id"]).toBe(received[0]!.headers["webhook-id"]);
    expect((await at.call("POST", `/v1/undelivered/${id}`)).status).toBe(404);
  });

  test("that is not wanted any more is given up at once; so is what cannot be reached, in its time", async () => {
    const { url, received } = await receiver(status(410));
    const at = await ward(told(url));
    const id = await at.consulted(BLOOD);
    await until("given up", async () => (await at.undelivered()).length === 1);
    expect([received.length, (await at.undelivered())[0]!.attempts]).toEqual([1, 1]);
    const closed = await receiver();
    closed.server.close();
    const nobody = await ward(told(closed.url));
    await nobody.consulted(BLOOD);
    await until("given up", async () => (await nobody.undelivered()).length === 1);
    expect((await nobody.undelivered())[0]).toMatchObject({ attempts: 4, reason: "ECONNREFUSED" });
    expect((await at.undelivered())[0]!.consultation).toBe(id);
  });

  test("waits no longer than its limit for an answer", async () => {
    const slow = await receiver();
    slow.server.removeAllListeners("request");
    slow.server.on("request", () => {});
    const webhook = { url: slow.url, secret: SECRET, timeoutMs: 50 };
    const at = await ward({ handover: { webhook, schedule: [] } });
    await at.consulted(BLOOD);
    await until("given up", async () => (await at.undelivered()).length === 1);
    expect((await at.undelivered())[0]!.reason).toBe("no answer within 50 ms");
  });

  test("tells what happened meanwhile in order, and what was given up with the next", async () => {
    let up = false;
    const { url, received } = await receiver((_, response) => {
      if (!up) response.writeHead(503).end();
    });
    const at = await ward(told(url));
    const id = await at.consulted(BLOOD);
    await until("given up", async () => (await at.undelivered()).length === 1);
    up = true;
    const before = received.length;
    await at.review(id, { seq: (await at.dossier(id)).seq, decision: "confirmed" });
    await until("delivered", async () => (await notified(at, id)).length === 2);
    expect(received.slice(before).map(({ notice }) => notice.type)).toEqual([
      "consultation.ended",
      "consultation.reviewed",
    ]);
  });

  test("goes to few at once, however many end", async () => {
    let open = 0;
    let most = 0;
    const { url, received } = await receiver((_, response) => {
      most = Math.max(most, ++open);
      response.writeHead(200);
      setTimeout(() => {
        open--;
        response.end();
      }, 30);
    });
    const at = await ward(told(url));
    await Promise.all(Array.from({ length: 40 }, () => at.consulted(CRISIS)));
    await until("all told", () => received.length === 40);
    expect(most).toBeLessThanOrEqual(8);
  });

  test("says in the log neither words nor secret nor address", async () => {
    const lines: Occurrence[] = [];
    const { url } = await receiver(status(500));
    const at = await ward({ ...told(url), log: (_, occurrence) => lines.push(occurrence) });
    await at.consulted(BLOOD);
    await until("given up", async () => (await at.undelivered()).length === 1);
    expect(lines.map(({ event }) => event)).toContain("notice-dead");
    expect(JSON.stringify(lines)).not.toMatch(/cough|whsec|MfKQ|hook|http/);
  });

  test("refuses addresses and secrets that are none", async () => {
    for (const webhook of [
      { url: "ftp://clinic.example", secret: SECRET },
      { url: "clinic", secret: SECRET },
      { url: "https://clinic.example", secret: "short" },
    ])
      await expect(serving({ conversation, handover: { webhook } })).rejects.toMatchObject({ code: "bad-webhook" });
  });
});

describe("after a restart", () => {
  test("in the middle of the attempts it goes on, and tells each at least once", async () => {
    let up = false;
    const { url, received } = await receiver((_, response) => {
      if (!up) response.writeHead(503).end();
    });
    const kept = await folder();
    const options = told(url, { schedule: [60_000] });
    const first = await serving({ conversation, tokens: TOKENS, store: await openFileStore(kept), ...options });
    const id = await wardAt(first.url).consulted(BLOOD);
    await until("tried", () => received.length === 1);
    await first.drain();
    up = true;
    const at = await ward({ store: await openFileStore(kept), ...options });
    await until("delivered", async () => (await notified(at, id)).length === 1);
    expect(received.map(({ headers }) => headers["webhook-id"])).toEqual(
      [0, 1].map(() => received[0]!.headers["webhook-id"]),
    );
    const third = received.length;
    await at.consulted(CRISIS);
    await until("the next is told", () => received.length === third + 1);
  });

  test("what was given up stays given up until somebody says so", async () => {
    const { url, received } = await receiver(status(410));
    const kept = await folder();
    const first = await serving({ conversation, tokens: TOKENS, store: await openFileStore(kept), ...told(url) });
    await wardAt(first.url).consulted(BLOOD);
    await until("given up", async () => (await wardAt(first.url).undelivered()).length === 1);
    await first.drain();
    const at = await ward({ store: await openFileStore(kept), ...told(url) });
    expect((await at.undelivered()).length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(received.length).toBe(1);
  });

  test("what ended long ago is not told of, as when a webhook is set up for the first time", async () => {
    const { url, received } = await receiver();
    const store = memoryStore();
    const old = { now: () => new Date("2020-01-01T00:00:00.000Z") };
    const kept: EventStore = { ...store, close: async () => {} };
    const before = await serving({ conversation, tokens: TOKENS, store: kept, clock: old });
    await wardAt(before.url).consulted(BLOOD);
    await before.drain();
    const at = await ward({ store, ...told(url) });
    expect((await at.queue()).waiting.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(received.length).toBe(0);
  });
});

describe("deletion", () => {
  test("takes the entry, the dead letter and what was still to be told", async () => {
    const { url, received } = await receiver(status(503));
    const at = await ward(told(url));
    const dead = await at.consulted(BLOOD);
    await until("given up", async () => (await at.undelivered()).length === 1);
    await at.call("DELETE", `/v1/consultations/${dead}`, undefined, "ada");
    expect([await at.undelivered(), await at.queue()]).toEqual([[], { waiting: [], decided: [] }]);
    expect((await at.call("POST", `/v1/undelivered/${dead}`)).status).toBe(404);
    const before = received.length;
    const owed = await at.consulted(BLOOD);
    await until("tried", () => received.length > before);
    await at.call("DELETE", `/v1/consultations/${owed}`, undefined, "ada");
    const then = received.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(received.length - then).toBeLessThanOrEqual(1);
    expect([await at.undelivered(), await at.queue()]).toEqual([[], { waiting: [], decided: [] }]);
  });
});
