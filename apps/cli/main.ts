#!/usr/bin/env node
/** The command line: one verb a file. Exit codes: 0 success, 1 the work failed, 2 arguments or input wrong, 130 Ctrl-C. */
import { Command, CommanderError } from "commander";
import { AnamnesisError } from "../../src/index.ts";
import { auditCommand } from "./audit.ts";
import { casesCommand } from "./cases.ts";
import { chatCommand } from "./chat.ts";
import { consultCommand } from "./consult.ts";
import { evaluateCommand } from "./evaluate.ts";
import { EXIT } from "./exit.ts";
import { headCommand } from "./head.ts";
import { packageVersion } from "./package-version.ts";
import { serveCommand } from "./serve.ts";
import { understandCommand } from "./understand.ts";

function program(): Command {
  return new Command("anamnesis")
    .description(
      "Conversational differential diagnosis: simulated patients, diagnosticians that ask, honest measurements.",
    )
    .version(packageVersion())
    .addHelpText("after", "\nResearch and decision-support software. Not a medical device, not medical advice.")
    .addCommand(consultCommand())
    .addCommand(evaluateCommand())
    .addCommand(casesCommand())
    .addCommand(chatCommand())
    .addCommand(headCommand())
    .addCommand(serveCommand())
    .addCommand(auditCommand())
    .addCommand(understandCommand());
}

/** Runs a command line and gives its exit code; errors go to standard error in one message. */
async function run(argv: readonly string[]): Promise<number> {
  const command = program();
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
