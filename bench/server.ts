/**
 * The chat server under load, on this machine and over loopback only: server and load share its cores. For each setup
 * the opening, a steady rate, memory and the highest rate; that of a bare `ws` echo server with as many connections and
 * messages under way is measured in turns with it, since a machine is not as quick in every minute.
 * `node bench/server.ts [memory file redis langgraph] [--consultations N] [--rate N] [--seconds N] [--json]`
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { redisServer } from "../test/fixtures/redis-server.ts";
import { Load } from "./server-load.ts";

interface Setup {
  readonly engine: "loop" | "langgraph";
  /** Where events go; `end` removes it. */
  store(): Promise<{ readonly name: string; end?(): unknown }>;
  readonly consultations: number;
  readonly rate: number;
  readonly targets: Partial<Record<keyof Figures, Target>>;
}

/** At least so much, or at most. */
type Target = readonly ["≥" | "≤" | "<", number];

const SETUPS: Readonly<Record<string, Setup>> = {
  memory: {
    engine: "loop",
    store: async () => ({ name: "memory" }),
    consultations: 10_000,
    rate: 2_000,
    targets: { answered: ["≥", 1], p99: ["<", 100], residentKb: ["<", 25], lost: ["≤", 0], ofEcho: ["≥", 0.1] },
  },
  file: {
    engine: "loop",
    store: async () => {
      const folder = mkdtempSync(join(tmpdir(), "anamnesis-bench-"));
      return { name: `file:${folder}`, end: () => rmSync(folder, { recursive: true }) };
    },
    consultations: 1_000,
    rate: 300,
    targets: { lost: ["≤", 0] },
  },
  redis: {
    engine: "loop",
    store: async () => {
      const redis = await redisServer();
      if (!redis) throw new Error("redis-server is missing; install it, or leave the setup `redis` out");
      return { name: redis.url, end: () => redis.end() };
    },
    consultations: 2_000,
    rate: 1_000,
    targets: { answered: ["≥", 1], lost: ["≤", 0], highest: ["≥", 1_000] },
  },
  langgraph: {
    engine: "langgraph",
    store: async () => ({ name: "memory" }),
    consultations: 1_000,
    rate: 300,
    targets: { answered: ["≥", 1], lost: ["≤", 0], highest: ["≥", 300] },
  },
};

interface Figures {
  readonly consultations: number;
  readonly openedPerSecond: number;
  readonly sentPerSecond: number;
  /** Share of the messages sent at the steady rate. */
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly cpuUs: number;
  readonly liveKb: number;
  readonly residentKb: number;
  readonly refused: number;
  readonly lost: number;
  readonly highest: number;
  readonly echo: number;
  readonly ofEcho: number;
}

const LABELS: Record<keyof Figures, string> = {
  consultations: "open consultations",
  openedPerSecond: "opened a second",
  sentPerSecond: "messages sent a second",
  answered: "share of them answered",
  p50: "answer, median, ms",
  p99: "answer, 99 of 100, ms",
  worst: "answer, slowest, ms",
  cpuUs: "server's processor time, all threads, µs a message",
  liveKb: "KB a consultation, live in heap and buffers",
  residentKb: "KB a consultation, resident, from the idle server",
  refused: "messages refused",
  lost: "messages lost",
  highest: "highest rate, answers a second",
  echo: "bare ws echo server, messages a second",
  ofEcho: "highest rate, of the echo server's rate",
};

/** Messages under way at once when a highest rate is looked for. */
const WINDOW = 128;
/** The server and the echo server in turns: so often, and so long each. */
const ROUNDS = 5;
const SATURATED_SECONDS = 3;
const ECHO_SECONDS = 1.5;
const WARM_SECONDS = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    consultations: { type: "string" },
    rate: { type: "string" },
    seconds: { type: "string", default: "30" },
    json: { type: "boolean", default: false },
  },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(SETUPS);
const unknown = chosen.find((name) => !Object.hasOwn(SETUPS, name));
if (unknown !== undefined) throw new Error(`${unknown}: expected some of ${Object.keys(SETUPS).join(", ")}`);

const show = (text: string): unknown => values.json || process.stdout.write(`${text}\n`);
const setups: Record<string, Figures> = {};
for (const name of chosen) {
  const setup = SETUPS[name]!;
  const figures = await measured(setup);
  setups[name] = figures;
  show(name);
  for (const key of Object.keys(LABELS) as (keyof Figures)[]) {
    show(
      `  ${LABELS[key].padEnd(50)} ${rounded(figures[key]).padStart(10)}  ${judged(figures[key], setup.targets[key])}`,
    );
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(setups)}\n`);

async function measured({ store, engine, ...setup }: Setup): Promise<Figures> {
  const consultations = whole("consultations", values.consultations ?? setup.consultations, 20_000);
  const rate = whole("rate", values.rate ?? setup.rate, 20_000);
  const seconds = whole("seconds", values.seconds, 600);
  const { name, end } = await store();
  try {
    return await withServer(name, engine, ({ url, memory, cpu }) =>
      withEcho(consultations, async (echoes) => {
        const idle = await memory();
        const load = new Load(url);
        const openedPerSecond = await load.begin(consultations);
        // Until the code is compiled: what is measured is how it goes on.
        await load.steady(Math.ceil(rate / 4), WARM_SECONDS);
        const before = await cpu();
        const { sent, answered, ...times } = await load.steady(rate, seconds);
        const cpuUs = ((await cpu()) - before) / answered;
        const used = await memory();
        const kb = (kind: keyof Memory): number => (used[kind] - idle[kind]) / load.open / 1024;
        const figures = { consultations: load.open, liveKb: kb("live"), residentKb: kb("resident"), cpuUs };
        const rounds: { highest: number; echo: number }[] = [];
        for (let round = 0; round < ROUNDS; round++)
          rounds.push({ highest: await load.saturated(WINDOW, SATURATED_SECONDS), echo: await echoes() });
        load.end();
        const rates = {
          sentPerSecond: rate,
          answered: answered / sent,
          highest: median(rounds.map(({ highest }) => highest)),
          echo: median(rounds.map(({ echo }) => echo)),
          ofEcho: median(rounds.map(({ highest, echo }) => highest / echo)),
        };
        return { ...figures, openedPerSecond, ...rates, ...times, ...load.losses };
      }),
    );
  } finally {
    await end?.();
  }
}

/** Of an odd number. */
function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1]!;
}

interface Memory {
  readonly live: number;
  readonly resident: number;
}

interface ServerProcess {
  readonly url: string;
  memory(): Promise<Memory>;
  /** Processor time so far, in microseconds. */
  cpu(): Promise<number>;
}

function withServer<Result>(
  store: string,
  engine: string,
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  return withProcess(["serve", store, engine], ({ url }: { url: string }, ask) =>
    use({
      url,
      memory: () => ask<Memory>("memory"),
      cpu: async () => (await ask<{ cpu: number }>("cpu")).cpu,
    }),
  );
}

/** An echo server under as many connections as the server, and as many messages under way. `echoes`: a second. */
function withEcho<Result>(
  connections: number,
  use: (echoes: () => Promise<number>) => Promise<Result>,
): Promise<Result> {
  return withProcess(["echo"], ({ url }: { url: string }) =>
    withProcess(["echo-load", url, String(connections)], (_, ask) =>
      use(async () => (await ask<{ rate: number }>({ window: WINDOW, seconds: ECHO_SECONDS })).rate),
    ),
  );
}

type Ask = <Told>(asked: string | object) => Promise<Told>;

/** `use` gets what the process tells when it is ready, and a way to ask it. */
async function withProcess<Ready, Result>(
  args: string[],
  use: (ready: Ready, ask: Ask) => Promise<Result>,
): Promise<Result> {
  const file = join(import.meta.dirname, "server-process.ts");
  const child: ChildProcess = fork(file, args, { execArgv: ["--expose-gc"] });
  const ended = once(child, "exit").then(([code]): never => {
    throw new Error(`the process \`${args.join(" ")}\` ended with ${code}`);
  });
  ended.catch(() => {});
  const told = async <Told>(): Promise<Told> => (await Promise.race([once(child, "message"), ended]))[0];
  try {
    return await use(await told<Ready>(), (asked) => {
      child.send(asked);
      return told();
    });
  } finally {
    child.kill("SIGKILL");
  }
}

function judged(figure: number, target: Target | undefined): string {
  if (!target) return "";
  const [relation, bound] = target;
  const holds = relation === "≥" ? figure >= bound : relation === "≤" ? figure <= bound : figure < bound;
  return `${holds ? "reaches" : "MISSES"} ${relation} ${bound}`;
}

function rounded(figure: number): string {
  return Number.isInteger(figure) || figure >= 1_000 ? figure.toFixed(0) : figure.toPrecision(3);
}

function whole(name: string, given: string | number, most: number): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name}: expected a whole number from 1 to ${most}, got ${given}`);
}
