/** One worker process: started, waited for until it is ready, stopped. Knows nothing of what it is asked. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { reasonOf, WorkerError } from "../errors.ts";
import { findPython, pythonVariables } from "./environment.ts";

export interface LaunchOptions {
  /** Of `python -m anamnesis_worker`. */
  readonly args: readonly string[];
  readonly python?: string | undefined;
  readonly variables?: Readonly<Record<string, string>>;
  /** Milliseconds until it must be ready. */
  readonly within: number;
  /** The lines that it writes to standard error. */
  readonly log: (line: string) => void;
}

export interface Launched {
  readonly url: string;
  readonly pid: number;
  /** Aborted when the process has ended, with a `worker-died` that says how. */
  readonly gone: AbortSignal;
  /** SIGTERM, and SIGKILL if it has not ended `graceMs` later. */
  stop(graceMs: number): Promise<void>;
}

const Ready = z.object({ ready: z.literal(true), url: z.url(), pid: z.int() });
const LAST_LINES = 12;

/** The process, once it serves. */
export async function launch({ args, python, variables, within, log }: LaunchOptions): Promise<Launched> {
  const program = findPython(python);
  const child = spawn(program, ["-m", "anamnesis_worker", ...args], {
    env: { ...pythonVariables(), ...variables },
    // Its standard input ends with this program, however that ends, and the worker with it.
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  const last: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log(line);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  });
  const words = (): string => [...(last.length > 0 ? [":"] : []), ...last].join("\n  ");
  // Nobody else knows of it: it must not outlive this program.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);

  const gone = new AbortController();
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      process.off("exit", kill);
      const advice = "the next call starts it again; make the models again from their last saved states";
      gone.abort(new WorkerError("worker-died", `the worker ${how}; ${advice}${words()}`));
      resolve();
    };
    child.on("error", (error) => end(`could not be run (${program}: ${reasonOf(error)})`));
    child.on("close", (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  });

  const stop = async (graceMs: number): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(kill, graceMs);
    await ended;
    clearTimeout(timer);
  };
  try {
    const { url, pid } = await readiness(child, gone.signal, within);
    return { url, pid, gone: gone.signal, stop };
  } catch (error) {
    kill();
    await ended;
    throw new WorkerError("worker-start", `the worker did not start: ${reasonOf(error)}${words()}`, { cause: error });
  }
}

/** What its first line of output says. */
function readiness(child: ChildProcess, gone: AbortSignal, within: number): Promise<z.output<typeof Ready>> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${Math.round(within / 1000)} s`)), within);
    gone.addEventListener("abort", () => {
      clearTimeout(late);
      reject(new Error("it ended before it was ready"));
    });
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const ready = Ready.safeParse(json(line));
      if (!ready.success) return;
      clearTimeout(late);
      resolve(ready.data);
    });
  });
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
