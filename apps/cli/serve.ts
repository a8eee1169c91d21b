/** `anamnesis serve`: the chat server, until SIGTERM or Ctrl-C. `anamnesis serve token` makes a token for it. */
import { stat } from "node:fs/promises";
import { Command } from "commander";
import { openMailbox } from "../../gpu-trainer/index.ts";
import { systemClock } from "../../src/index.ts";
import { endpointsOf } from "../endpoints.ts";
import { CommandError } from "../errors.ts";
import { openEngine } from "../server/engine.ts";
import { collectSeldom } from "../server/heap.ts";
import { jsonLog, traceOf } from "../server/log.ts";
import type { Audience } from "../server/protocol.ts";
import { REVIEW_PATH } from "../server/review.ts";
import { startServer } from "../server/server.ts";
import { openStore, storeSpec } from "../server/stores/open.ts";
import { addToken, readTokenFile } from "../server/tokens.ts";
import { openTracing, tracedStore, tracedTurn, untraced } from "../tracing/index.ts";
import { audienceOption, openConversation } from "./conversation-options.ts";
import { EXIT } from "./exit.ts";
import { packageVersion } from "./package-version.ts";
import { addServeOptions, conversationFlags, settingsOf } from "./serve-flags.ts";

export function serveCommand(): Command {
  const command = new Command("serve").enablePositionalOptions();
  command.description("serve consultations: WebSocket, REST, web pages, agent protocols and channels");
  addServeOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis serve --port 8080 --agent bayes --store file:consultations\n\nWhen ready, a line of JSON with the address is written. Not a medical device, not medical advice.",
    )
    .addCommand(tokenCommand());
  return command.action((_, given: Command) => run(given));
}

interface TokenFlags {
  readonly file: string;
  readonly name: string;
  readonly audience: Audience;
  readonly queue: boolean;
}

function tokenCommand(): Command {
  return new Command("token")
    .exitOverride()
    .description("make a token: it is shown once, and only its SHA-256 is kept")
    .requiredOption("--file <file>", "the token file; made where it is missing")
    .requiredOption("--name <name>", "whose it is; consultations belong to the name")
    .addOption(audienceOption("what its holder sees"))
    .option("--queue", "for a clinician who reads and decides on what was handed over, whoever's it is", false)
    .addHelpText("after", "\nExample:\n  anamnesis serve token --file tokens.json --name ward-3 --audience clinician")
    .action(async ({ file, name, audience, queue }: TokenFlags) => {
      process.stdout.write(`${await addToken(file, name, audience, queue)}\n`);
    });
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The memory store forgets a consultation so long after it expired. */
const FORGOTTEN_MS = 24 * HOUR_MS;

async function run(command: Command): Promise<void> {
  // From the beginning: as the first process of a container it would not be ended by a signal that nobody heeds.
  const stop = stopAsked();
  const { settings, sourceOf } = await settingsOf(command);
  const { tokenFile, review: run, expireHours } = settings;
  let tracing = untraced;
  const trace = (): string | undefined => tracing.traceparent()?.split("-")[1];
  const log = jsonLog(process.stderr, systemClock, { level: settings.log.level, trace });
  const tokens = tokenFile === undefined ? undefined : await readTokenFile(tokenFile);
  const review = run === undefined ? undefined : openMailbox(await runDirectory(run));
  const version = packageVersion();
  const spec = storeSpec(settings.store);
  tracing = await openTracing(settings.tracing, version, log);
  const opened = await openStore(spec, {
    memory: { idleMs: expireHours * HOUR_MS + FORGOTTEN_MS },
    // Else Redis would forget before the days are over.
    ...(settings.retentionDays > 0 && { redis: { ttlSeconds: (settings.retentionDays + 1) * (DAY_MS / 1000) } }),
  });
  const store = tracedStore(opened, tracing);
  const own = await openEngine(settings.engine, spec);
  const engine = { ...own, turn: tracedTurn(own.turn, tracing) };
  const isBudgetGiven = sourceOf("budget").kind !== "default";
  const conversed = await openConversation(conversationFlags(settings), isBudgetGiven, engine).catch(async (error) => {
    await Promise.all([store.close(), engine.close()]);
    throw error;
  });
  collectSeldom();
  const start = async () =>
    startServer({
      conversation: conversed.conversation,
      store,
      port: settings.port,
      host: settings.host,
      tokens,
      audience: settings.audience,
      origins: settings.origins,
      limits: { ...settings.limits, idleMs: settings.idleMinutes * MINUTE_MS, expireMs: expireHours * HOUR_MS },
      log,
      tracing,
      version,
      review,
      endpoints: endpointsOf(settings.channels),
      handover: settings.handover,
      retentionMs: settings.retentionDays * DAY_MS,
    });
  const server = await start().catch(async (error) => {
    await Promise.all([store.close(), engine.close(), conversed.close()]);
    throw error;
  });
  process.on("uncaughtException", (error) => {
    // Node would show the message, which may quote a person.
    log("error", { event: "crashed", error: traceOf(error) });
    process.exit(EXIT.failed);
  });
  const { url } = server;
  const chat = `${url.replace("http", "ws")}/v1/chat`;
  const { agent, engine: turns } = settings;
  const what = { agent, engine: turns, store: spec.kind, ...(review && { review: `${url}${REVIEW_PATH}` }) };
  const ready = { ready: true, url, chat, ...what, version, pid: process.pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await stop;
  await server.drain();
  await Promise.all([engine.close(), conversed.close()]);
  await tracing.close();
}

/** Refuses what is no directory: whoever misspells it would wait for ever. */
async function runDirectory(run: string): Promise<string> {
  const found = await stat(run).catch(() => undefined);
  if (found?.isDirectory()) return run;
  const message = "is no run's directory; name the one that `anamnesis train --run` was given";
  throw new CommandError("no-run", message, { place: { file: run } });
}

/** The first SIGTERM or Ctrl-C; the second ends the process as usual. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off("SIGTERM", stop).off("SIGINT", stop);
      resolve();
    };
    process.on("SIGTERM", stop).on("SIGINT", stop);
  });
}
