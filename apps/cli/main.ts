#!/usr/bin/env node
/** The command line: one verb a file. Exit codes: 0 success, 1 the work failed, 2 arguments or input wrong, 130 Ctrl-C. */
import { Command, CommanderError } from "commander";
import { AnamnesisError } from "../../src/index.ts";
import { EXIT } from "./exit.ts";
import { packageVersion } from "./package-version.ts";

/** A verb is loaded when it is called: the libraries of one need not wait for those of another. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  consult: async () => (await import("./consult.ts")).consultCommand(),
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand(),
  cases: async () => (await import("./cases.ts")).casesCommand(),
  chat: async () => (await import("./chat.ts")).chatCommand(),
  train: async () => (await import("./train.ts")).trainCommand(),
  "train-head": async () => (await import("./head.ts")).headCommand(),
  serve: async () => (await import("./serve.ts")).serveCommand(),
  mcp: async () => (await import("./mcp.ts")).mcpCommand(),
  config: async () => (await import("./config.ts")).configCommand(),
  audit: async () => (await import("./audit.ts")).auditCommand(),
  export: async () => (await import("./export.ts")).exportCommand(),
  delete: async () => (await import("./delete.ts")).deleteCommand(),
  fhir: async () => (await import("./fhir.ts")).fhirCommand(),
  worker: async () => (await import("./worker.ts")).workerCommand(),
  understand: async () => (await import("./understand.ts")).understandCommand(),
};

/** The program with the verb of `argv`, or with all of them for its help. */
async function program(argv: readonly string[]): Promise<Command> {
  const called = Object.hasOwn(VERBS, argv[2] ?? "") ? VERBS[argv[2]!] : undefined;
  const verbs = called ? [called] : Object.values(VERBS);
  // Options belong to the verb that they stand after: `serve token --audience` is not `serve --audience`.
  const command = new Command("anamnesis")
    .enablePositionalOptions()
    .description(
      "Conversational differential diagnosis: simulated patients, diagnosticians that ask, honest measurements.",
    )
    .version(packageVersion())
    .addHelpText("after", "\nResearch and decision-support software. Not a medical device, not medical advice.");
  for (const verb of await Promise.all(verbs.map((load) => load()))) command.addCommand(verb);
  return command;
}

/** Runs a command line and gives its exit code; errors go to standard error in one message. */
async function run(argv: readonly string[]): Promise<number> {
  const command = await program(argv);
  for (const each of [command, ...command.commands]) each.exitOverride().showHelpAfterError("(see --help)");
  try {
    await command.parseAsync([...argv]);
    return process.exitCode === undefined ? EXIT.success : Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.wrongInput;
    if (error instanceof AnamnesisError) {
      process.stderr.write(`anamnesis: ${error.message}\n`);
      return error.fault === "input" ? EXIT.wrongInput : EXIT.failed;
    }
    process.stderr.write(`anamnesis: unexpected failure: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.failed;
  }
}

// Whoever reads our output may stop early (`| head`): that is an end, not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? EXIT.success : EXIT.failed),
  );
}

process.exitCode = await run(process.argv);
