/** The worker's own command line, run in the foreground for a person or a verb. */
import { spawn } from "node:child_process";
import { reasonOf, WorkerError } from "../errors.ts";
import { findPython, pythonVariables } from "./environment.ts";

export interface RunOptions {
  readonly python?: string | undefined;
  /** Lines for its standard input; without, it shares this program's. */
  readonly input?: AsyncIterable<string> | Iterable<string> | undefined;
  /** Leave out what it prints on standard output. Default false. */
  readonly quiet?: boolean | undefined;
}

/** Runs `python -m anamnesis_worker …` to its end and gives its exit code; SIGTERM and Ctrl-C are passed on. */
export async function runWorkerCommand(
  args: readonly string[],
  { python, input, quiet = false }: RunOptions = {},
): Promise<number> {
  const program = findPython(python);
  const child = spawn(program, ["-m", "anamnesis_worker", ...args], {
    env: pythonVariables(),
    stdio: [input ? "pipe" : "inherit", quiet ? "ignore" : "inherit", "inherit"],
  });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  // A terminal sends Ctrl-C to the whole group; waiting for the child's own end is all there is to do.
  const wait = (): void => {};
  process.on("SIGTERM", pass).on("SIGINT", wait);
  const ended = new Promise<number>((done, reject) => {
    child.on("error", (error) => {
      reject(new WorkerError("worker-start", `${program} could not be run: ${reasonOf(error)}`, { cause: error }));
    });
    child.on("close", (code) => done(code ?? 1));
  });
  try {
    if (input && child.stdin) await feed(child.stdin, input);
    return await ended;
  } finally {
    process.off("SIGTERM", pass).off("SIGINT", wait);
  }
}

/** A reader that ends early says why itself. */
async function feed(stdin: NodeJS.WritableStream, input: AsyncIterable<string> | Iterable<string>): Promise<void> {
  let isOpen = true;
  stdin.on("error", () => {
    isOpen = false;
  });
  for await (const line of input) {
    if (!isOpen) break;
    if (!stdin.write(`${line}\n`)) await new Promise((resume) => stdin.once("drain", resume).once("close", resume));
  }
  stdin.end();
}
