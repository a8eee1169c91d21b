/** `anamnesis serve`: the chat server, until SIGTERM or Ctrl-C. `anamnesis serve token` makes a token for it. */
import { stat } from "node:fs/promises";
import { Command, Option } from "commander";
import { openMailbox } from "../../gpu-trainer/index.ts";
import { systemClock } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { ENGINES, type EngineName, openEngine } from "../server/engine.ts";
import { jsonLog } from "../server/log.ts";
import type { Audience } from "../server/protocol.ts";
import { REVIEW_PATH } from "../server/review.ts";
import { startServer } from "../server/server.ts";
import { openStore, STORE_FORMS, storeSpec } from "../server/stores/open.ts";
import { addToken, readTokenFile } from "../server/tokens.ts";
import {
  addConversationOptions,
  audienceOption,
  type ConversationFlags,
  conversationOf,
} from "./conversation-options.ts";
import { whole } from "./options.ts";
import { packageVersion } from "./package-version.ts";

type Flags = ConversationFlags & {
  readonly engine: EngineName;
  readonly port: number;
  readonly host: string;
  readonly store: string;
  readonly tokenFile?: string;
  readonly audience: Audience;
  readonly origin: readonly string[];
  readonly idleMinutes: number;
  readonly expireHours: number;
  readonly review?: string;
};

export function serveCommand(): Command {
  const command = new Command("serve").description("serve consultations: WebSocket and REST");
  addConversationOptions(command)
    .addOption(
      new Option("--engine <name>", "what runs a turn: a plain loop, or LangGraph with checkpoints")
        .choices([...ENGINES])
        .default("loop"),
    )
    .option("--port <number>", "0: a free one", whole(0, 65_535), 8080)
    .option("--host <address>", "where to listen; anything but loopback needs --token-file", "127.0.0.1")
    .option("--store <store>", `where consultations are kept: ${STORE_FORMS}`, "memory")
    .option("--token-file <file>", "who may use it; see `anamnesis serve token --help`")
    .addOption(audienceOption("what is shown to those without a token"))
    .option("--origin <origin...>", "pages of other places that may use it, for example https://clinic.example", [])
    .option("--idle-minutes <count>", "minutes of silence after which a connection is closed", whole(1, 1_440), 15)
    .option(
      "--expire-hours <count>",
      "hours of silence after which a consultation counts as abandoned",
      whole(1, 8_760),
      24,
    )
    .option("--review <run>", "a training run whose held batches are decided on at /review")
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis serve --port 8080 --agent bayes --store file:consultations\n\nWhen ready, a line of JSON with the address is written. Not a medical device, not medical advice.",
    )
    .addCommand(tokenCommand());
  return command.action(run);
}

function tokenCommand(): Command {
  return new Command("token")
    .exitOverride()
    .description("make a token: it is shown once, and only its SHA-256 is kept")
    .requiredOption("--file <file>", "the token file; made where it is missing")
    .requiredOption("--name <name>", "whose it is; consultations belong to the name")
    .addOption(audienceOption("what its holder sees"))
    .addHelpText("after", "\nExample:\n  anamnesis serve token --file tokens.json --name ward-3 --audience clinician")
    .action(async ({ file, name, audience }: { file: string; name: string; audience: Audience }) => {
      process.stdout.write(`${await addToken(file, name, audience)}\n`);
    });
}

const HOUR_MS = 3_600_000;
/** The memory store forgets a consultation so long after it expired. */
const FORGOTTEN_MS = 24 * HOUR_MS;

async function run(flags: Flags, command: Command): Promise<void> {
  const log = jsonLog(process.stderr, systemClock);
  const tokens = flags.tokenFile === undefined ? undefined : await readTokenFile(flags.tokenFile);
  const review = flags.review === undefined ? undefined : openMailbox(await runDirectory(flags.review));
  const version = packageVersion();
  const spec = storeSpec(flags.store);
  const store = await openStore(spec, { memory: { idleMs: flags.expireHours * HOUR_MS + FORGOTTEN_MS } });
  const engine = await openEngine(flags.engine, spec);
  const conversed = await conversationOf(flags, command, engine).catch(async (error) => {
    await Promise.all([store.close(), engine.close()]);
    throw error;
  });
  const start = async () =>
    startServer({
      conversation: conversed.conversation,
      store,
      port: flags.port,
      host: flags.host,
      tokens,
      audience: flags.audience,
      origins: flags.origin,
      limits: { idleMs: flags.idleMinutes * 60_000, expireMs: flags.expireHours * HOUR_MS },
      log,
      version,
      review,
    });
  const server = await start().catch(async (error) => {
    await Promise.all([store.close(), engine.close(), conversed.close()]);
    throw error;
  });
  const { url } = server;
  const chat = `${url.replace("http", "ws")}/v1/chat`;
  const { agent, engine: turns } = flags;
  const what = { agent, engine: turns, store: spec.kind, ...(review && { review: `${url}${REVIEW_PATH}` }) };
  const ready = { ready: true, url, chat, ...what, version, pid: process.pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await stopAsked();
  await server.drain();
  await Promise.all([engine.close(), conversed.close()]);
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
