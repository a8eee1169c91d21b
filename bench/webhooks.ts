/**
 * Webhooks under load, on this machine and over loopback only: server and load share its cores. Half of the chats are
 * Telegram's, half those of a signed webhook; 5 % of the deliveries come twice and 2 % late, and none may ask again.
 * `node bench/webhooks.ts [--store NAME] [--chats N] [--rate N] [--seconds N] [--seed N] [--json]`
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Secrets, WebhookLoad } from "./webhooks-load.ts";

interface Figures {
  readonly chats: number;
  readonly consultations: number;
  readonly sent: number;
  readonly sentPerSecond: number;
  /** Share of the deliveries. */
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly cpuUs: number;
  readonly loadUs: number;
  readonly again: number;
  readonly late: number;
  readonly refused: number;
  readonly lost: number;
  readonly askedAgain: number;
  readonly storedTwice: number;
}

const LABELS: Record<keyof Figures, string> = {
  chats: "chats",
  consultations: "consultations that they held",
  sent: "webhooks sent",
  sentPerSecond: "webhooks a second",
  answered: "share of them answered",
  p50: "answer, median, ms",
  p99: "answer, 99 of 100, ms",
  worst: "answer, slowest, ms",
  cpuUs: "server's processor time, all threads, µs a webhook",
  loadUs: "load's processor time, all threads, µs a webhook",
  again: "deliveries that came again",
  late: "deliveries that came late",
  refused: "webhooks refused",
  lost: "webhooks lost",
  askedAgain: "repetitions and late ones that were asked again",
  storedTwice: "messages and questions stored twice",
};

/** At least so much, or at most. */
type Target = readonly ["≥" | "≤" | "<", number];

const WARM_SECONDS = 4;

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "memory" },
    chats: { type: "string", default: "2000" },
    rate: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const chats = whole("chats", 200_000);
const rate = whole("rate", 20_000);
const seconds = whole("seconds", 600);

const TARGETS: Partial<Record<keyof Figures, Target>> = {
  // Arrivals are by chance: of many, their number differs a little from what was asked for.
  sentPerSecond: ["≥", Math.floor(rate * 0.97)],
  answered: ["≥", 1],
  p99: ["<", 150],
  refused: ["≤", 0],
  lost: ["≤", 0],
  askedAgain: ["≤", 0],
  storedTwice: ["≤", 0],
};

const secrets: Secrets = {
  telegram: randomBytes(16).toString("hex"),
  webhook: `whsec_${randomBytes(24).toString("base64")}`,
};
const figures = await measured();
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
else
  for (const key of Object.keys(LABELS) as (keyof Figures)[])
    process.stdout.write(`${LABELS[key].padEnd(52)} ${rounded(figures[key]).padStart(10)}  ${judged(key)}\n`);
if (figures.askedAgain > 0 || figures.storedTwice > 0) process.exitCode = 1;

async function measured(): Promise<Figures> {
  const file = join(import.meta.dirname, "webhooks-process.ts");
  const child: ChildProcess = fork(file, [values.store, secrets.telegram, secrets.webhook]);
  const ended = once(child, "exit").then(([code]): never => {
    throw new Error(`the server process ended with ${code}`);
  });
  ended.catch(() => {});
  const told = async <Told>(asked?: string): Promise<Told> => {
    if (asked) child.send(asked);
    return (await Promise.race([once(child, "message"), ended]))[0];
  };
  try {
    const { url } = await told<{ url: string }>();
    const load = new WebhookLoad(url, secrets, chats, whole("seed", 1e9));
    // Until every chat has begun and the code is compiled: what is measured is how it goes on.
    await load.steady(Math.ceil(chats / WARM_SECONDS), WARM_SECONDS);
    const { cpu: before } = await told<{ cpu: number }>("cpu");
    const loadBefore = process.cpuUsage();
    const run = await load.steady(rate, seconds);
    const { user, system } = process.cpuUsage(loadBefore);
    const { cpu } = await told<{ cpu: number }>("cpu");
    const { consultations, twice } = await told<{ consultations: number; twice: number }>("audit");
    load.end();
    const cpuUs = (cpu - before) / run.sent;
    const loadUs = (user + system) / run.sent;
    return { chats, consultations, ...run, cpuUs, loadUs, ...load.counts, storedTwice: twice };
  } finally {
    child.kill("SIGKILL");
  }
}

function judged(key: keyof Figures): string {
  const target = TARGETS[key];
  if (!target) return "";
  const [relation, bound] = target;
  const figure = figures[key];
  const holds = relation === "≥" ? figure >= bound : relation === "≤" ? figure <= bound : figure < bound;
  return `${holds ? "reaches" : "MISSES"} ${relation} ${bound}`;
}

function rounded(figure: number): string {
  return Number.isInteger(figure) || figure >= 1_000 ? figure.toFixed(0) : figure.toPrecision(3);
}

function whole(name: "chats" | "rate" | "seconds" | "seed", most: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name}: expected a whole number from 1 to ${most}, got ${values[name]}`);
}
