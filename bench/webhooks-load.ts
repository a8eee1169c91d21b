/**
 * Vendors in numbers: chats of two channels, each with a person who says one thing after another, whatever comes back; who
 * has come to an end begins anew. Some deliveries come twice, some after the next one. Counts answers, how long they took
 * from when they were due, and what was asked again.
 */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { webhookSignature } from "../apps/bots/index.ts";
import { pick, type Random, seededRandom } from "../src/index.ts";

const WORDS = ["no", "yes", "not sure", "no, not at all", "since yesterday", "yes, and I have a fever too"];
const COMPLAINTS = ["I have a cough and a runny nose", "my head hurts", "I have a stomach ache and feel sick"];

export interface Secrets {
  readonly telegram: string;
  readonly webhook: string;
}

interface Person {
  readonly channel: "telegram" | "webhook";
  readonly chat: number;
  /** Messages since the consultation began. */
  said: number;
  order: number;
  /** The newest message that was answered. */
  answered: number;
  over: boolean;
}

interface Delivery {
  readonly due: number;
  readonly person: Person;
  readonly order: number;
  readonly text: string;
  /** Signed once more, since it was delivered before. */
  readonly again: boolean;
}

interface Told {
  readonly text: string;
  readonly asked: boolean;
}

/** Of the messages, those that are delivered twice; those that come late. */
const TWICE = 0.05;
const LATE = 0.02;
/** Milliseconds within which a message comes again. */
const AGAIN_MS = 500;
/** Milliseconds after which a delivery counts as lost. */
const LOST_MS = 10_000;

export class WebhookLoad {
  readonly #url: URL;
  readonly #secrets: Secrets;
  readonly #random: Random;
  readonly #people: Person[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: "fifo" });
  /** What is still to be delivered, the next one last. */
  readonly #planned: Delivery[] = [];
  readonly #answered = new Map<string, number>();
  readonly #latencies: number[] = [];
  #next = 0;
  #underWay = 0;
  #refused = 0;
  #askedAgain = 0;
  #again = 0;
  #late = 0;

  constructor(url: string, secrets: Secrets, chats: number, seed: number) {
    this.#url = new URL(url);
    this.#secrets = secrets;
    this.#random = seededRandom("webhooks", seed);
    this.#people = Array.from({ length: chats }, (_, chat) => ({
      channel: chat % 2 === 0 ? "telegram" : "webhook",
      chat,
      said: 0,
      order: 0,
      answered: -1,
      over: false,
    }));
  }

  /** So far: repetitions, late deliveries, and what went wrong. */
  get counts() {
    return { again: this.#again, late: this.#late, refused: this.#refused, askedAgain: this.#askedAgain };
  }

  /** Delivers `rate` webhooks a second, repetitions among them, at times that do not wait for answers. */
  async steady(rate: number, seconds: number) {
    const before = this.#latencies.length;
    const messages = rate / (1 + TWICE);
    const began = performance.now();
    const until = began + seconds * 1_000;
    let due = began;
    let sent = 0;
    let inTime = 0;
    for (;;) {
      const now = performance.now();
      for (; due <= now && due < until; due += this.#gap(messages)) this.#plan(due, messages);
      for (let next = this.#planned.at(-1); next && next.due <= now; next = this.#planned.at(-1)) {
        this.#planned.pop();
        this.#deliver(next);
        sent++;
        if (now < until) inTime++;
      }
      if (due >= until && this.#planned.length === 0) break;
      await sleep(1);
    }
    await this.#settled();
    const latencies = this.#latencies.slice(before).sort((a, b) => a - b);
    const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
    const answered = latencies.length / sent;
    return {
      sent,
      sentPerSecond: inTime / seconds,
      answered,
      lost: this.#underWay,
      p50: at(0.5),
      p99: at(0.99),
      worst: at(1),
    };
  }

  end(): void {
    this.#agent.destroy();
  }

  /** Milliseconds to the next message, as of arrivals that know nothing of each other. */
  #gap(messages: number): number {
    return (-Math.log(1 - this.#random.float()) / messages) * 1_000;
  }

  /** Plans the next message of the next chat, and perhaps its repetition. */
  #plan(due: number, messages: number): void {
    const person = this.#people[this.#next++ % this.#people.length]!;
    const isAnswer = !person.over && person.said > 2;
    const text = this.#wordsOf(person);
    const isLate = isAnswer && this.#random.float() < LATE;
    // A round and a half of the chats: after the next message of this one.
    const delay = isLate ? (1_500 * this.#people.length) / messages : 0;
    const delivery = { due: due + delay, person, order: person.order++, text, again: false };
    this.#insert(delivery);
    if (this.#random.float() < TWICE)
      this.#insert({ ...delivery, due: delivery.due + this.#random.float() * AGAIN_MS, again: true });
  }

  #insert(delivery: Delivery): void {
    let at = this.#planned.length;
    while (at > 0 && this.#planned[at - 1]!.due < delivery.due) at--;
    this.#planned.splice(at, 0, delivery);
  }

  #wordsOf(person: Person): string {
    if (person.over) {
      person.over = false;
      person.said = 1;
      return "new";
    }
    const place = person.said++;
    if (place < 2) return place === 0 ? "hello" : "yes";
    return pick(this.#random, place === 2 ? COMPLAINTS : WORDS);
  }

  #deliver(delivery: Delivery): void {
    this.#underWay++;
    const { person, order, again } = delivery;
    const isLate = order < person.answered;
    if (again) this.#again++;
    else if (isLate) this.#late++;
    const { path, headers, body } = person.channel === "telegram" ? this.#telegram(delivery) : this.#signed(delivery);
    const { hostname, port } = this.#url;
    const sent = request({ hostname, port, path, headers, agent: this.#agent, method: "POST" }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        this.#underWay--;
        this.#latencies.push(performance.now() - delivery.due);
        if (response.statusCode === 200) this.#heard(delivery, isLate, Buffer.concat(chunks).toString());
        else this.#refused++;
      });
    });
    sent.setTimeout(LOST_MS, () => sent.destroy());
    sent.on("error", () => {});
    sent.end(body);
  }

  #heard({ person, order }: Delivery, isLate: boolean, body: string): void {
    const { text, asked } = person.channel === "telegram" ? toldByTelegram(body) : toldByWebhook(body);
    person.answered = Math.max(person.answered, order);
    if (text.includes("write NEW")) person.over = true;
    if (text === "") return;
    const id = `${person.chat} ${order}`;
    const times = (this.#answered.get(id) ?? 0) + 1;
    this.#answered.set(id, times);
    if (times > 1 || (isLate && asked)) this.#askedAgain++;
  }

  #telegram({ person, order, text }: Delivery) {
    const headers = { "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": this.#secrets.telegram };
    const chat = { id: person.chat, type: "private", first_name: "Test" };
    const message = { message_id: order, date: 1_441_645_532, chat, from: { ...chat, is_bot: false }, text };
    return { path: "/telegram", headers, body: JSON.stringify({ update_id: order, message }) };
  }

  #signed({ person, order, text, again }: Delivery) {
    const body = JSON.stringify({ conversation: `chat-${person.chat}`, text, order });
    const id = `${person.chat}-${order}`;
    // Who delivers again signs again; within a second the same signature would come out.
    const time = String(Math.floor(Date.now() / 1_000) - (again ? 2 : 0));
    const signature = webhookSignature(this.#secrets.webhook, id, time, body);
    const signed = { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature };
    return { path: "/webhook", headers: { "Content-Type": "application/json", ...signed }, body };
  }

  async #settled(): Promise<void> {
    const began = performance.now();
    while (this.#underWay > 0 && performance.now() - began < LOST_MS) await sleep(2);
  }
}

function toldByTelegram(body: string): Told {
  const { text = "", reply_markup } = JSON.parse(body);
  return { text, asked: reply_markup?.keyboard !== undefined };
}

function toldByWebhook(body: string): Told {
  const { text, events } = JSON.parse(body) as { text: string; events: { type: string }[] };
  return { text, asked: events.some(({ type }) => type === "question") };
}
