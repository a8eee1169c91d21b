/** `anamnesis chat`: a consultation in the terminal, a person in the patient's place, over the protocol that the page speaks. */
import { styleText } from "node:util";
import { Command, InvalidArgumentError, Option } from "commander";
import { Age, type ConsultationEvent, Sex } from "../../src/index.ts";
import { type ChatClient, type ChatState, openChat, ticketsFrom } from "../client/index.ts";
import { CommandError } from "../errors.ts";
import { type Audience, CHAT_PATH } from "../server/protocol.ts";
import { startServer } from "../server/server.ts";
import { memoryStore } from "../server/stores/memory.ts";
import { COMMANDS, commandsFor } from "./chat-commands.ts";
import { type ChatView, chatView, type Style } from "./chat-view.ts";
import {
  addConversationOptions,
  audienceOption,
  type ConversationFlags,
  conversationOf,
} from "./conversation-options.ts";
import { EXIT } from "./exit.ts";
import { requireWritable, writeJson } from "./output.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

type Flags = ConversationFlags & {
  readonly audience: Audience;
  readonly age?: number;
  readonly sex?: Sex;
  readonly json?: string;
  readonly url?: string;
  readonly token?: string;
  readonly resume?: string;
};

/** What there is to talk to. */
interface Place {
  readonly url: string;
  readonly token?: string | undefined;
  /** The events, where they are this process's own. */
  events(consultation: string): Promise<readonly ConsultationEvent[]>;
  close(): Promise<void>;
}

/** Options that hold for a server of somebody else too. */
const ANYWHERE: ReadonlySet<string> = new Set(["url", "token", "resume", "age", "sex"]);

export function chatCommand(): Command {
  const command = new Command("chat").description("be asked: a consultation in the terminal");
  addConversationOptions(command)
    .addOption(audienceOption("clinician: shows the differential, with what speaks for and against"))
    .option("--age <years>", "of the patient, for example 34 or 0.5; else it is asked", years)
    .addOption(new Option("--sex <sex>", "of the patient; else it is asked").choices(Sex.options))
    .option("--json <file>", "write the events")
    .option("--url <address>", "talk to a running server, for example http://127.0.0.1:8080", address)
    .addOption(new Option("--token <token>", "for that server").env("ANAMNESIS_TOKEN"))
    .option("--resume <consultation>", "go on with a consultation of that server")
    .addHelpText(
      "after",
      `\nExamples:\n  anamnesis chat --budget 15\n  anamnesis chat --url https://clinic.example --age 34 --sex female\n\nAnswer in your own words or with the number of a suggestion. ${COMMANDS}`,
    );
  return command.action(run);
}

async function run(flags: Flags, command: Command): Promise<void> {
  if (flags.url !== undefined) requireAnywhere(command);
  else if (flags.resume !== undefined) throw new CommandError("no-url", "--resume needs the --url of its server");
  await requireWritable(flags.json);
  const terminal = openTerminal();
  try {
    const place = flags.url === undefined ? await ownServer(flags, command) : theirServer(flags.url, flags.token);
    try {
      await talk(terminal, place, flags);
    } finally {
      await place.close();
    }
  } finally {
    terminal.close();
  }
  if (terminal.interrupted.aborted) process.exitCode = EXIT.interrupted;
}

async function talk(terminal: Terminal, place: Place, flags: Flags): Promise<void> {
  const client = openChat({
    url: new URL(CHAT_PATH, place.url).href.replace(/^http/, "ws"),
    ticket: ticketsFrom(place),
  });
  const view = chatView({
    write: (text) => terminal.write(text),
    paint: (style, text) => styleText(STYLES[style], text),
    width: Math.min(process.stdout.columns ?? 100, 100),
    streams: terminal.isTty,
    echoes: false,
  });
  try {
    if (!(await opened(client, terminal, flags))) return;
    const show = (): void => {
      view.update(client.state);
      if (!client.state.awaiting && !client.state.ended) view.offer(client.state);
    };
    const end = client.subscribe(show);
    show();
    await converse(client, view, terminal, place);
    end();
    const { consultation, ended } = client.state;
    if (!ended) terminal.write(farewell(flags.url, consultation));
    if (flags.json && consultation) {
      const { agent, goal } = flags;
      await writeJson(flags.json, { agent, goal, consultations: [{ events: await place.events(consultation) }] });
    }
  } finally {
    client.close();
  }
}

/** Connects, has the disclaimer agreed to, and opens; whether there is a consultation now. */
async function opened(client: ChatClient, terminal: Terminal, flags: Flags): Promise<boolean> {
  const { interrupted } = terminal;
  const { disclaimer } = reached(await until(client, interrupted, (state) => state.connection !== "connecting"));
  if (interrupted.aborted) return false;
  terminal.write(`${styleText("bold", "anamnesis chat")}\n${disclaimer}\n\n`);
  const consent = await terminal.ask("Do you understand this, and want to go on? (y/N) ");
  if (!/^\s*y(es)?\b/i.test(consent ?? "")) {
    terminal.write("Nothing was asked and nothing is kept. Goodbye.\n");
    return false;
  }
  if (flags.resume !== undefined) client.resume(flags.resume);
  else {
    const age = flags.age ?? (await askAge(terminal));
    const sex = flags.sex ?? (await askSex(terminal));
    if (interrupted.aborted) return false;
    client.begin({ ...(age !== undefined && { age }), ...(sex && { sex }) });
  }
  terminal.write(styleText("dim", `${COMMANDS}\n`));
  reached(await until(client, interrupted, ({ connection, lastSeq }) => lastSeq > 0 || connection === "closed"));
  return true;
}

/** The person's turns, until the consultation or the input ends. */
async function converse(client: ChatClient, view: ChatView, terminal: Terminal, place: Place): Promise<void> {
  const over = new AbortController();
  const stop = client.subscribe(() => isOver(client.state) && over.abort());
  const obey = commandsFor({ client, view, place });
  for (;;) {
    const state = await until(client, terminal.interrupted, (now) => isOver(now) || !now.awaiting);
    if (isOver(state) || terminal.interrupted.aborted) break;
    const line = await terminal.ask("> ", over.signal);
    if (line === undefined) break;
    if (line.startsWith("/")) {
      if ((await obey(line)) === "quit") break;
      continue;
    }
    const suggestion = /^\d{1,2}$/.test(line) ? client.state.question?.suggestions[Number(line) - 1] : undefined;
    if (suggestion) client.choose(suggestion);
    else client.say(line);
  }
  stop();
  if (!client.state.ended) reached(client.state);
}

const isOver = ({ ended, awaiting, connection }: ChatState): boolean => (ended && !awaiting) || connection === "closed";

/** The state, unless something stands in the way for good, or there is no server at all. */
function reached(state: ChatState): ChatState {
  const { problem, connection, lastSeq } = state;
  if (!problem || (connection === "waiting" && lastSeq > 0)) return state;
  throw new CommandError(problem.code, `${problem.message}. ${problem.advice}`, {
    fault: lastSeq > 0 ? "work" : "input",
  });
}

/** The first state in which something holds, or the one at Ctrl-C. */
function until(client: ChatClient, signal: AbortSignal, holds: (state: ChatState) => boolean): Promise<ChatState> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!signal.aborted && !holds(client.state)) return;
      end();
      signal.removeEventListener("abort", look);
      resolve(client.state);
    };
    const end = client.subscribe(look);
    signal.addEventListener("abort", look);
    look();
  });
}

/** A server in this process, for this one person. */
async function ownServer(flags: Flags, command: Command): Promise<Place> {
  const store = memoryStore();
  const { conversation, close } = await conversationOf(flags, command);
  const server = await startServer({
    conversation,
    store,
    audience: flags.audience,
    limits: { messagesPerSecond: 1_000, messagesAtOnce: 1_000 },
  });
  return {
    url: server.url,
    events: async (consultation) => (await store.read(consultation)).map(({ event }) => event),
    close: async () => {
      await server.drain();
      await close();
    },
  };
}

const theirServer = (url: string, token: string | undefined): Place => ({
  url,
  token,
  events: async () => [],
  close: async () => {},
});

/** Refuses what only a server of one's own can be told. */
function requireAnywhere(command: Command): void {
  const given = command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .filter((option) => !ANYWHERE.has(option.attributeName()));
  if (given.length === 0) return;
  const names = given.map(({ long }) => long).join(", ");
  throw new CommandError("not-with-url", `the server at --url decides this itself; leave out ${names}`);
}

async function askAge(terminal: Terminal): Promise<number | undefined> {
  const text = (await terminal.ask("Age in years, for example 34 or 0.5 (Enter to skip): ")) ?? "";
  const age = Age.safeParse(text === "" ? undefined : Number(text.replace(",", ".")));
  if (age.success || text === "") return age.data;
  terminal.write("That is not an age from 0 to 130; going on without.\n");
  return undefined;
}

async function askSex(terminal: Terminal): Promise<Sex | undefined> {
  const text = ((await terminal.ask("Female or male (Enter to skip): ")) ?? "").toLowerCase();
  return text.startsWith("f") ? "female" : text.startsWith("m") ? "male" : undefined;
}

function farewell(url: string | undefined, consultation: string | undefined): string {
  const again = url && consultation ? `To go on: anamnesis chat --url ${url} --resume ${consultation}\n` : "";
  return `Stopped before the end; no conclusion is drawn. If you feel worse, see a clinician.\n${again}`;
}

const STYLES: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  bold: "bold",
  dim: "dim",
  alarm: ["red", "bold"],
};

function years(text: string): number {
  const age = Age.safeParse(text.trim() === "" ? Number.NaN : Number(text));
  if (age.success) return age.data;
  throw new InvalidArgumentError("expected years from 0 to 130.");
}

function address(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError("expected an address such as http://127.0.0.1:8080.");
}
