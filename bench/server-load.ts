/**
 * People in numbers: each has a connection and a consultation and says one thing after another; who has come to an end
 * begins anew. Counts what was sent, answered, refused and not answered, and how long answers took.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

const WORDS = ["no", "yes", "not sure", "no, not at all", "since yesterday", "yes, and I have a fever too"];
const COMPLAINTS = ["I have a cough and a runny nose", "my head hurts", "I have a stomach ache and feel sick"];
/** Milliseconds after which a message counts as lost. */
const LOST_MS = 10_000;

interface Person {
  socket?: WebSocket;
  said: number;
}

/** Where the type's name stands in a message: the rest is parsed only where it matters. */
const TYPE = [9, 17] as const;
/** First letters of the types that matter: accepted, conclusion and consented, error, handed-off. */
const HEEDED: ReadonlySet<number | undefined> = new Set(Buffer.from("aceh"));

export class Load {
  readonly #url: string;
  readonly #people: Person[] = [];
  readonly #sockets: WebSocket[] = [];
  /** When each message under way should have been sent, by its id. */
  readonly #due = new Map<string, number>();
  readonly #latencies: number[] = [];
  #refused = 0;
  #sent = 0;
  #next = 0;
  #onAnswer = (): void => {};

  constructor(url: string) {
    this.#url = url;
  }

  get open(): number {
    return this.#sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
  }

  /** What was refused, and what got no answer, so far. */
  get losses() {
    return { refused: this.#refused, lost: this.#due.size };
  }

  /** Opens `count` consultations; gives how many a second. */
  async begin(count: number): Promise<number> {
    const began = performance.now();
    await inBatches(count, async () => {
      const person: Person = { said: 0 };
      await this.#enter(person);
      this.#people.push(person);
    });
    return count / ((performance.now() - began) / 1000);
  }

  /** Says `rate` messages a second, whatever comes back; latencies count from when a message was due. */
  async steady(rate: number, seconds: number) {
    const before = this.#latencies.length;
    const total = rate * seconds;
    const began = performance.now();
    for (let sent = 0; sent < total; await sleep(1)) {
      const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * rate));
      for (; sent < due; sent++) this.#say(began + (sent / rate) * 1000);
    }
    await this.#settled();
    const latencies = this.#latencies.slice(before).sort((a, b) => a - b);
    const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
    return { sent: total, answered: latencies.length, p50: at(0.5), p99: at(0.99), worst: at(1) };
  }

  /** Answers a second with always `window` messages under way. */
  async saturated(window: number, seconds: number): Promise<number> {
    this.#onAnswer = () => this.#say(performance.now());
    for (let n = 0; n < window; n++) this.#onAnswer();
    const before = this.#latencies.length;
    const began = performance.now();
    await sleep(seconds * 1000);
    const rate = (this.#latencies.length - before) / ((performance.now() - began) / 1000);
    this.#onAnswer = () => {};
    await this.#settled();
    return rate;
  }

  end(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  #say(due: number): void {
    const person = this.#people[this.#next++ % this.#people.length]!;
    const id = String(this.#sent++);
    const words = person.said === 0 ? COMPLAINTS : WORDS;
    const text = words[(this.#sent + person.said++) % words.length];
    this.#due.set(id, due);
    person.socket!.send(`{"type":"message","id":"${id}","text":"${text}"}`);
  }

  async #settled(): Promise<void> {
    const began = performance.now();
    while (this.#due.size > 0 && performance.now() - began < LOST_MS) await sleep(2);
  }

  /** A consultation for a person; the one before stays open, as somebody's who still reads. */
  async #enter(person: Person): Promise<void> {
    const socket = await connected(`${this.#url}/v1/chat`);
    const opened = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        if (!HEEDED.has(data[TYPE[0]])) return;
        const type = data.toString("latin1", ...TYPE);
        if (type === "accepted" || type.startsWith("error")) this.#answered(JSON.parse(data.toString()));
        else if (type === "conclusi" || type === "handed-o") this.#enter(person).catch(() => this.#refused++);
        else if (type === "consente") resolve();
      });
    });
    socket.send('{"type":"open","consent":true,"age":34,"sex":"female"}');
    await opened;
    this.#sockets.push(socket);
    Object.assign(person, { socket, said: 0 });
  }

  #answered({ type, id }: { readonly type: string; readonly id: string }): void {
    const due = this.#due.get(id);
    if (due === undefined) return;
    this.#due.delete(id);
    if (type === "error") this.#refused++;
    else this.#latencies.push(performance.now() - due);
    this.#onAnswer();
  }
}

/** People who say the same again and again to an echo server. */
export class Echoes {
  readonly #sockets: WebSocket[] = [];
  #next = 0;
  #underWay = 0;
  #heard = 0;
  #goesOn = false;

  async open(url: string, connections: number): Promise<void> {
    await inBatches(connections, async () => this.#sockets.push(await connected(url)));
    for (const socket of this.#sockets) {
      socket.on("message", () => {
        this.#underWay--;
        this.#heard++;
        if (this.#goesOn) this.#say();
      });
    }
  }

  /** Echoes a second with always `window` messages under way, each on the next connection. */
  async rate(window: number, seconds: number): Promise<number> {
    this.#goesOn = true;
    for (let n = 0; n < window; n++) this.#say();
    const before = this.#heard;
    const began = performance.now();
    await sleep(seconds * 1000);
    const rate = (this.#heard - before) / ((performance.now() - began) / 1000);
    this.#goesOn = false;
    while (this.#underWay > 0) await sleep(1);
    return rate;
  }

  #say(): void {
    this.#underWay++;
    this.#sockets[this.#next++ % this.#sockets.length]!.send('{"type":"message","id":"1234","text":"no, not at all"}');
  }
}

/** Does something so often, a hundred at once: no server takes ten thousand connections in one instant. */
async function inBatches(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 100)
    await Promise.all(Array.from({ length: Math.min(100, count - done) }, work));
}

function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"), { perMessageDeflate: false, skipUTF8Validation: true });
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(socket));
    socket.on("error", reject);
  });
}
