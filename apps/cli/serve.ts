/** `anamnesis serve`: the chat server, until SIGTERM or Ctrl-C. `anamnesis serve token` makes a token for it. */
import { Command, Option } from "commander";
import { systemClock } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { embeddedConversation } from "../server/conversation.ts";
import { jsonLog } from "../server/log.ts";
import { Audience } from "../server/protocol.ts";
import { startServer } from "../server/server.ts";
import { openStore, STORE_FORMS } from "../server/stores/open.ts";
import { addToken, readTokenFile } from "../server/tokens.ts";
import { type AgentFlags, addAgentOptions, bayesOptionsOf, loadBase, whole } from "./options.ts";
import { packageVersion } from "./package-version.ts";

type Flags = AgentFlags & {
  readonly port: number;
  readonly host: string;
  readonly store: string;
  readonly tokenFile?: string;
  readonly audience: Audience;
  readonly origin: readonly string[];
  readonly knowledge?: string;
  readonly emergencyNumber: string;
  readonly crisisLine?: string;
  readonly idleMinutes: number;
};

export function serveCommand(): Command {
  const command = new Command("serve").description("serve consultations: WebSocket and REST");
  addAgentOptions(command)
    .option("--port <number>", "0: a free one", whole(0, 65_535), 8080)
    .option("--host <address>", "where to listen; anything but loopback needs --token-file", "127.0.0.1")
    .option("--store <store>", `where consultations are kept: ${STORE_FORMS}`, "memory")
    .option("--token-file <file>", "who may use it; see `anamnesis serve token --help`")
    .addOption(audienceOption("what is shown to those without a token"))
    .option("--origin <origin...>", "pages of other places that may use it, for example https://clinic.example", [])
    .option("--knowledge <directory>", "knowledge base to use (default: the starter)")
    .option("--emergency-number <number>", "the local emergency number", "112")
    .option("--crisis-line <words>", 'whom to call with thoughts of suicide, for example "Samaritans, 116 123"')
    .option("--idle-minutes <count>", "minutes of silence after which a connection is closed", whole(1, 1_440), 15)
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

function audienceOption(description: string): Option {
  return new Option("--audience <audience>", description).choices(Audience.options).default("patient");
}

/** The memory store forgets what nobody used for a day. */
const FORGOTTEN_MS = 24 * 3_600_000;

async function run(flags: Flags): Promise<void> {
  const log = jsonLog(process.stderr, systemClock);
  const base = await loadBase(flags.knowledge);
  const core = (await agentNamed({ name: flags.agent, base, goal: flags.goal, options: bayesOptionsOf(flags) }))();
  const { emergencyNumber, crisisLine } = flags;
  const tokens = flags.tokenFile === undefined ? undefined : await readTokenFile(flags.tokenFile);
  const version = packageVersion();
  const store = await openStore(flags.store, { memory: { idleMs: FORGOTTEN_MS } });
  const server = await startServer({
    conversation: embeddedConversation(base, core, { budget: flags.budget, safety: { emergencyNumber, crisisLine } }),
    store,
    port: flags.port,
    host: flags.host,
    tokens,
    audience: flags.audience,
    origins: flags.origin,
    limits: { idleMs: flags.idleMinutes * 60_000 },
    log,
    version,
  }).catch(async (error) => {
    await store.close();
    throw error;
  });
  const { url } = server;
  const chat = `${url.replace("http", "ws")}/v1/chat`;
  const { agent } = flags;
  // The rest of a store's name may hold a password.
  const kind = flags.store.split(":")[0];
  process.stdout.write(
    `${JSON.stringify({ ready: true, url, chat, agent, store: kind, version, pid: process.pid })}\n`,
  );
  await stopAsked();
  await server.drain();
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
