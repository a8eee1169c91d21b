/** Where the worker's Python sources and its interpreter are. Nothing is installed or started here. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { WorkerError } from "../errors.ts";

/** The Python package's folder, found from the sources and from `dist/` alike. */
export function workerDirectory(): string {
  const places = ["../worker", "../../../gpu-trainer/worker"].map((place) => resolve(import.meta.dirname, place));
  const found = places.find((place) => existsSync(join(place, "anamnesis_worker")));
  if (found) return found;
  throw new WorkerError("no-environment", "the worker's Python sources are missing; install the package again");
}

export const environmentDirectory = (): string => join(workerDirectory(), ".venv");

export const pythonOf = (environment: string): string =>
  process.platform === "win32" ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");

/** What `--setup` writes last: the environment holds what the lock says. */
export const stampOf = (environment: string): string => join(environment, "anamnesis-locks.sha256");

/** A list of packages, pinned: what the worker runs on, or what its own tests need on top, which a checkout has. */
export const lockFile = (name: "requirements.txt" | "requirements-test.txt"): string => join(workerDirectory(), name);

/** What the stamp says when the environment holds these locks. */
export function stampText(locks: readonly string[]): string {
  const digest = (lock: string) => createHash("sha256").update(readFileSync(lock)).digest("hex");
  return locks.map((lock) => `${digest(lock)}  ${basename(lock)}\n`).join("");
}

/** Whether the environment was set up after these locks as they are now. */
export function isCurrent(environment: string, locks: readonly string[]): boolean {
  const stamp = stampOf(environment);
  if (!existsSync(stamp)) return false;
  const lines = new Set(readFileSync(stamp, "utf8").split("\n"));
  return stampText(locks)
    .split("\n")
    .every((line) => lines.has(line));
}

/**
 * The interpreter that runs the worker: the one given, that of `ANAMNESIS_PYTHON`, or that of the environment which
 * `anamnesis worker --setup` makes.
 */
export function findPython(given?: string): string {
  const named = given ?? process.env.ANAMNESIS_PYTHON;
  if (named) {
    if (!/[\\/]/.test(named) || existsSync(named)) return named;
    throw new WorkerError("no-environment", `there is no Python at ${named} (${given ? "given" : "ANAMNESIS_PYTHON"})`);
  }
  const environment = environmentDirectory();
  if (!existsSync(stampOf(environment))) {
    const what = existsSync(environment) ? "incomplete" : "missing";
    throw new WorkerError(
      "no-environment",
      `the worker's Python environment is ${what}; run \`anamnesis worker --setup\`, or name an interpreter that has its packages in ANAMNESIS_PYTHON`,
    );
  }
  if (!isCurrent(environment, [lockFile("requirements.txt")])) {
    const message = "the worker's Python environment is older than its lock; run `anamnesis worker --setup`";
    throw new WorkerError("no-environment", message);
  }
  return pythonOf(environment);
}

/** The environment's variables for a Python process that finds the worker's package. */
export function pythonVariables(): NodeJS.ProcessEnv {
  const path = [workerDirectory(), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { ...process.env, PYTHONPATH: path, PYTHONUNBUFFERED: "1" };
}
