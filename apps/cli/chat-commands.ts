/** What begins with `/` in the terminal chat. */
import { AnamnesisError } from "../../src/index.ts";
import type { ChatClient } from "../client/index.ts";
import { CommandError } from "../errors.ts";
import { type ChatView, chatView } from "./chat-view.ts";
import { requireWritable, writeJson, writeWhole } from "./output.ts";

export const COMMANDS = "At any time: /why, /differential, /transcript FILE (.json or text), /help, /quit.";

export interface CommandContext {
  readonly client: ChatClient;
  readonly view: ChatView;
  /** Of the server, over HTTP. */
  readonly place: { readonly url: string; readonly token?: string | undefined };
}

/** Does what a line asks for, and tells whether to go on. */
export function commandsFor({ client, view, place }: CommandContext): (line: string) => Promise<"quit" | "go-on"> {
  const commands: Record<string, (argument: string) => unknown> = {
    "/why": () => view.note(client.state.question?.purpose ?? "No question is open."),
    "/differential": () => {
      const { differential, audience } = client.state;
      if (differential) view.differential(differential);
      else view.note(audience === "clinician" ? "There is none yet." : "It is shown to clinicians only.");
    },
    "/transcript": async (file) => {
      if (file === "") throw new CommandError("no-file", "name a file: /transcript FILE");
      await requireWritable(file);
      if (file.endsWith(".json")) await writeJson(file, await transcriptOf(place, client.state.consultation!));
      else await writeWhole(file, textOf(client));
      view.note(`Written to ${file}.`);
    },
    "/help": () => view.note(COMMANDS),
  };
  return async (line) => {
    const [name, argument] = [line.split(" ", 1)[0]!, line.slice(line.indexOf(" ")).trim()];
    if (name === "/quit") return "quit";
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    try {
      if (command) await command(line.includes(" ") ? argument : "");
      else view.note(`There is no ${name}. ${COMMANDS}`);
    } catch (error) {
      if (!(error instanceof AnamnesisError)) throw error;
      view.note(error.message);
    }
    return "go-on";
  };
}

/** As the server gives it; for clinicians with the events and their hashes. */
async function transcriptOf({ url, token }: CommandContext["place"], consultation: string): Promise<unknown> {
  const refused = (why: string, cause?: unknown): never => {
    throw new CommandError("no-transcript", `the server gave no transcript: ${why}`, { fault: "work", cause });
  };
  const answer = await fetch(new URL(`/v1/consultations/${consultation}/transcript`, url), {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  }).catch((cause: unknown) => refused("it cannot be reached", cause));
  return answer.ok ? answer.json() : refused(`status ${answer.status}`);
}

/** What there was to see, as plain text. */
function textOf({ state }: ChatClient): string {
  let text = `anamnesis, consultation ${state.consultation}\n${state.disclaimer}\n`;
  const write = (piece: string): unknown => {
    text += piece;
    return text;
  };
  chatView({ write, paint: (_, plain) => plain, width: 100, streams: false, echoes: true }).update(state);
  return text;
}
