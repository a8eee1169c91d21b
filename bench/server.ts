/**
 * The chat server under load, on this machine and over loopback only: server and load generator share its cores. Open
 * consultations, a steady rate with latencies counted from when a message was due, the highest rate, and beside it the
 * rate of a bare `ws` echo server in the same run. `node bench/server.ts [consultations] [messages a second] [seconds]`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { bayesAgent } from "../agents/index.ts";
import { embeddedConversation } from "../apps/server/conversation.ts";
import { startServer } from "../apps/server/server.ts";
import { openStore } from "../apps/server/stores/open.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../simulators/index.ts";
import type { AgentCore } from "../src/index.ts";

const BOUNDS = { consultations: 10_000, rate: 20_000, seconds: 60 } as const;
const SATURATED_SECONDS = 8;
/** Messages under way at once when the highest rate is looked for. */
const WINDOW = 128;
const ECHO_CONNECTIONS = 200;
const STORE = process.env.BENCH_STORE ?? "memory";

const WORDS = ["no", "yes", "not sure", "no, not at all", "since yesterday", "yes, and I have a fever too"];
const COMPLAINTS = ["I have a cough and a runny nose", "my head hurts", "I have a stomach ache and feel sick"];

interface Person {
  readonly socket: WebSocket;
  said: number;
}

async function serve(): Promise<void> {
  const base = await loadKnowledgeBase(STARTER_DIRECTORY);
  const conversation = embeddedConversation(base, bayesAgent(base) as AgentCore, { budget: 30 });
  const many = 1_000_000;
  const limits = { requestsPerSecond: many, requestsAtOnce: many, messagesPerSecond: many, messagesAtOnce: many };
  const { url } = await startServer({ conversation, store: await openStore(STORE), limits });
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}

async function echo(): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false }, () => {
    process.stdout.write(
      `${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` })}\n`,
    );
  });
  server.on("connection", (socket) =>
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
}

async function measure(): Promise<void> {
  const [consultations = 10_000, rate = 2_000, seconds = 30] = process.argv.slice(2).map(Number);
  requireWithin({ consultations, rate, seconds });
  const show = (label: string, value: string): unknown => process.stdout.write(`${label.padEnd(52)} ${value}\n`);

  const echoRate = await withServer("--echo", async (url) => {
    const sockets = await inBatches(ECHO_CONNECTIONS, () => connected(url));
    return echoesPerSecond(sockets);
  });
  show("bare ws echo server, messages a second", echoRate.toFixed(0));

  await withServer("--serve", async (url) => {
    const before = await residentBytes(url);
    const began = performance.now();
    const load = new Load();
    const people = await inBatches(consultations, () => load.person(url));
    show("consultations opened a second", (consultations / ((performance.now() - began) / 1000)).toFixed(0));
    const open = await residentBytes(url);
    show("bytes a consultation, opened", ((open - before) / consultations).toFixed(0));

    const { sent, late } = await steady(load, people, rate, seconds);
    const sorted = load.latencies.toSorted((a, b) => a - b);
    const at = (p: number): string => `${(sorted[Math.floor((sorted.length - 1) * p)] ?? Number.NaN).toFixed(1)} ms`;
    show("open consultations", String(people.filter(({ socket }) => socket.readyState === socket.OPEN).length));
    show(
      `sent at ${rate} a second for ${seconds} s, answered, refused, lost`,
      `${sent}, ${sorted.length}, ${load.refused}, ${load.waiting}`,
    );
    show("answered a second", (sorted.length / (seconds + late / 1000)).toFixed(0));
    show("answer p50, p99, worst", [at(0.5), at(0.99), at(1)].join(", "));
    const loaded = await residentBytes(url);
    show("bytes a consultation, in use", ((loaded - before) / consultations).toFixed(0));

    const highest = await saturated(load, people);
    show("highest rate, answers a second", highest.toFixed(0));
    show("share of the echo server's rate", (highest / echoRate).toFixed(2));
    show("refused, lost in the whole run", `${load.refused}, ${load.waiting}`);
    for (const { socket } of people) socket.terminate();
  });
}

/** Messages under way, and what became of them. */
class Load {
  readonly #due = new Map<string, number>();
  readonly latencies: number[] = [];
  refused = 0;
  /** Called at each answer. */
  onAnswer = (): void => {};
  #ids = 0;

  get waiting(): number {
    return this.#due.size;
  }

  async person(url: string): Promise<Person> {
    const socket = await connected(`${url}/v1/chat`);
    const opened = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        const kind = data.toString("latin1", 9, 17);
        if (kind === "accepted" || kind.startsWith("error")) this.#answered(JSON.parse(data.toString()));
        else if (kind === "consente") resolve();
      });
    });
    socket.send('{"type":"open","consent":true,"age":34,"sex":"female"}');
    await opened;
    return { socket, said: 0 };
  }

  /** Says something; `due` is when it should have been said. */
  say(person: Person, due: number): void {
    const id = String(this.#ids++);
    const words = person.said === 0 ? COMPLAINTS : WORDS;
    const text = words[(this.#ids + person.said++) % words.length];
    this.#due.set(id, due);
    person.socket.send(JSON.stringify({ type: "message", id, text }));
  }

  #answered({ type, id }: { readonly type: string; readonly id: string }): void {
    const due = this.#due.get(id);
    if (due === undefined) return;
    this.#due.delete(id);
    if (type === "error") this.refused++;
    else this.latencies.push(performance.now() - due);
    this.onAnswer();
  }
}

/** Says `rate` messages a second, whatever comes back, then waits for the last answers; `late`: how long, in ms. */
async function steady(load: Load, people: readonly Person[], rate: number, seconds: number) {
  const total = rate * seconds;
  const began = performance.now();
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * rate));
    for (; sent < due; sent++) load.say(people[sent % people.length]!, began + (sent / rate) * 1000);
    await sleep(1);
  }
  const end = performance.now();
  while (load.waiting > 0 && performance.now() - end < 10_000) await sleep(2);
  return { sent, late: performance.now() - end };
}

/** Answers a second with always as many messages under way. */
async function saturated(load: Load, people: readonly Person[]): Promise<number> {
  let next = 0;
  let answers = 0;
  let running = true;
  const say = (): void => load.say(people[next++ % people.length]!, performance.now());
  load.onAnswer = () => {
    answers++;
    if (running) say();
  };
  for (let n = 0; n < WINDOW; n++) say();
  await sleep(SATURATED_SECONDS * 1000);
  running = false;
  const counted = answers;
  for (let waited = 0; load.waiting > 0 && waited < 10_000; waited += 10) await sleep(10);
  return counted / SATURATED_SECONDS;
}

async function echoesPerSecond(sockets: readonly WebSocket[]): Promise<number> {
  const message = JSON.stringify({ type: "message", id: "1234", text: WORDS[3] });
  let echoes = 0;
  for (const socket of sockets) {
    socket.on("message", () => {
      echoes++;
      socket.send(message);
    });
    socket.send(message);
  }
  await sleep(1_000);
  const warm = echoes;
  await sleep(4_000);
  const counted = echoes - warm;
  for (const socket of sockets) socket.terminate();
  return counted / 4;
}

function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"), { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}

async function inBatches<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) {
    made.push(...(await Promise.all(Array.from({ length: Math.min(200, count - made.length) }, make))));
  }
  return made;
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^anamnesis_resident_bytes (\d+)$/m.exec(text)![1]);
}

async function withServer<T>(mode: string, use: (url: string) => Promise<T>): Promise<T> {
  const child: ChildProcess = spawn(process.execPath, [import.meta.filename, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const line = await new Promise<string>((resolve) => {
      createInterface({ input: child.stdout! }).once("line", resolve);
    });
    return await use(JSON.parse(line).url);
  } finally {
    child.kill("SIGKILL");
  }
}

function requireWithin(given: Readonly<Record<keyof typeof BOUNDS, number>>): void {
  for (const [name, most] of Object.entries(BOUNDS)) {
    const value = given[name as keyof typeof BOUNDS];
    if (!(value >= 1 && value <= most)) throw new Error(`${name}: expected 1 to ${most}, got ${value}`);
  }
}

if (process.argv[2] === "--serve") await serve();
else if (process.argv[2] === "--echo") await echo();
else await measure();
