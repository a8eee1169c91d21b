/** Makes the worker's Python environment: a `venv` beside its sources, filled with the locked packages by pip. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { placeWhole } from "../durable.ts";
import { reasonOf, WorkerError } from "../errors.ts";
import { isAlive } from "./alive.ts";
import { environmentDirectory, isCurrent, lockFile, pythonOf, stampOf, stampText } from "./environment.ts";

export interface SetupOptions {
  /** The interpreter to build on; the first Python 3.11 or later on the path by default. */
  readonly python?: string | undefined;
  /** Add what the worker's own tests need; only a checkout has them. Default false. */
  readonly tests?: boolean | undefined;
  /** What happens, line by line, pip's own words included. */
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Environment {
  readonly python: string;
  /** Whether anything had to be done. */
  readonly made: boolean;
}

const INTERPRETERS = ["python3", "python3.13", "python3.12", "python3.11", "python"];
const VERSION = "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 3)";

/**
 * The environment that `findPython` finds. Does nothing where it already holds what the locks say. pip is used as this
 * machine has it configured: its indexes, mirrors and certificates apply.
 */
export async function setUpEnvironment({ tests = false, ...options }: SetupOptions = {}): Promise<Environment> {
  const locks = [lockFile("requirements.txt"), ...(tests ? [lockFile("requirements-test.txt")] : [])];
  return makeEnvironment(environmentDirectory(), locks, options);
}

/** An environment in `directory` that holds the packages of these lists. */
export async function makeEnvironment(
  directory: string,
  locks: readonly string[],
  { python, log = () => {}, signal }: Omit<SetupOptions, "tests"> = {},
): Promise<Environment> {
  const missing = locks.find((lock) => !existsSync(lock));
  if (missing) throw new WorkerError("setup-failed", `${missing} is missing; work in a checkout of the project`);
  const own = pythonOf(directory);
  if (isCurrent(directory, locks) && existsSync(own)) return { python: own, made: false };
  const release = await claim(`${directory}.lock`);
  try {
    const run = (program: string, args: readonly string[], what: string) => perform(program, args, what, log, signal);
    await rm(stampOf(directory), { force: true });
    if (!(await works(own))) {
      const base = await interpreter(python);
      log(`making ${directory} with ${base}`);
      await run(base, ["-m", "venv", "--clear", directory], "making the environment");
    }
    log("installing the locked packages: several hundred megabytes, some minutes the first time");
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"];
    await run(own, [...pip, ...locks.flatMap((lock) => ["-r", lock])], "installing the packages");
    await placeWhole(stampOf(directory), stampText(locks));
  } finally {
    await release();
  }
  return { python: own, made: true };
}

async function interpreter(given: string | undefined): Promise<string> {
  for (const candidate of given ? [given] : INTERPRETERS) if (await works(candidate)) return candidate;
  const message = given ? `${given} is not a Python of version 3.11 or later` : "no Python 3.11 or later on the path";
  throw new WorkerError("setup-failed", `${message}; install one with its venv module (Debian: python3-venv)`);
}

function works(python: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(python, ["-c", VERSION], { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

/** Runs a program to its end; its last lines are the error's. */
async function perform(
  program: string,
  args: readonly string[],
  what: string,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...(signal && { signal }) });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log(line);
      last.push(line);
      if (last.length > 10) last.shift();
    });
  }
  const failed = (reason: string, cause?: unknown) =>
    new WorkerError("setup-failed", `${what}: ${[reason, ...last].join("\n  ")}`, { cause });
  await new Promise<void>((resolve, reject) => {
    child.on("error", (error) => reject(signal?.aborted ? signal.reason : failed(reasonOf(error), error)));
    child.on("close", (code) => (code === 0 ? resolve() : reject(failed(`${program} ended with ${code}`))));
  });
}

/** One set-up at a time; a claim whose process is gone counts no more. */
async function claim(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new WorkerError("setup-failed", `cannot write beside the worker's sources: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      const holder = Number(await readFile(path, "utf8").catch(() => ""));
      if (attempt > 0 || isAlive(holder)) {
        throw new WorkerError(
          "setup-failed",
          `process ${holder} sets the environment up already; wait for it (${path})`,
        );
      }
      await rm(path, { force: true });
    }
  }
}
