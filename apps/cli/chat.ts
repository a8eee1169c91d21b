/** `anamnesis chat`: a consultation in the terminal, a person in the patient's place. */
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { Command } from "commander";
import { type ConsultOptions, consult } from "../../environments/index.ts";
import type { Patient, Reply } from "../../simulators/index.ts";
import { Age, buildLexicon, type ConsultationEvent, type Sex, systemClock } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { EXIT } from "./exit.ts";
import { type AgentFlags, addAgentOptions, bayesOptionsOf, loadBase } from "./options.ts";
import { requireWritable, writeJson } from "./output.ts";
import { conclusionText, DISCLAIMER } from "./view.ts";

type Flags = AgentFlags & { readonly knowledge?: string; readonly json?: string };

export function chatCommand(): Command {
  const command = new Command("chat").description("be asked: a consultation in the terminal");
  addAgentOptions(command)
    .option("--knowledge <base>", "knowledge base to use: a directory or ddxplus:DIR (default: the starter)")
    .option("--json <file>", "write the events")
    .addHelpText("after", "\nExample:\n  anamnesis chat --budget 15\n\nAnswer in your own words; /quit ends.");
  return command.action(run);
}

const QUIT = "/quit";
const LONGEST = 20_000;

async function run(flags: Flags): Promise<void> {
  await requireWritable(flags.json);
  const base = await loadBase(flags.knowledge);
  const core = (await agentNamed({ name: flags.agent, base, goal: flags.goal, options: bayesOptionsOf(flags) }))();
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const talk = terminal();
  try {
    talk.say(`${styleText("bold", "anamnesis chat")}\n${DISCLAIMER}\n`);
    const consent = await talk.ask("Do you understand this, and want to go on? (yes/no) ");
    if (!/^\s*y(es)?\b/i.test(consent)) {
      talk.say("Nothing was asked and nothing is kept. Goodbye.\n");
      return;
    }
    const person = { age: await talk.askAge(), sex: await talk.askSex() };
    const options: ConsultOptions = {
      id: `chat-${systemClock.now().toISOString()}`,
      clock: systemClock,
      base,
      lexicon: buildLexicon(base.findings),
      budget: flags.budget,
      person,
      consent: DISCLAIMER,
      onRedFlag: "stop",
      signal: talk.signal,
      onEvent: (event) => talk.show(event, (id) => names.get(id) ?? id),
    };
    const events = await consult(core, talk.patient, options);
    if (flags.json) await writeJson(flags.json, { agent: flags.agent, goal: flags.goal, consultations: [{ events }] });
    if (talk.interrupted) process.exitCode = EXIT.interrupted;
  } finally {
    talk.close();
  }
}

/** The person at the terminal, or at the other end of a pipe; the end of the input is `/quit`. */
function terminal() {
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
  const waiting = lines[Symbol.asyncIterator]();
  const ended = new AbortController();
  let interrupted = false;
  lines.on("SIGINT", () => {
    interrupted = true;
    ended.abort();
    lines.close();
  });
  const say = (text: string): unknown => process.stdout.write(`${text}\n`);

  const ask = async (prompt: string): Promise<string> => {
    if (ended.signal.aborted) return "";
    process.stdout.write(prompt);
    const next = await waiting.next();
    const text = next.done ? QUIT : next.value.trim();
    if (text === QUIT) ended.abort();
    return text === QUIT ? "" : text.slice(0, LONGEST);
  };

  const askAge = async (): Promise<number | undefined> => {
    const text = await ask("How old is the patient, in years (for example 34, or 0.5)? Enter to skip. ");
    const age = Age.safeParse(text === "" ? undefined : Number(text.replace(",", ".")));
    if (age.success || text === "") return age.data;
    say("That is not an age from 0 to 130; going on without.");
    return undefined;
  };

  const askSex = async (): Promise<Sex | undefined> => {
    const text = (await ask("Female or male? Enter to skip. ")).toLowerCase();
    return text.startsWith("f") ? "female" : text.startsWith("m") ? "male" : undefined;
  };

  const patient: Patient = {
    open: async () => ({ text: (await ask("\nWhat brings you here today?\n> ")) || "(nothing said)", observed: [] }),
    async answer(act): Promise<Reply> {
      const text = await ask(`\n${act.text ?? act.finding}\n> `);
      return { text, observed: [], understood: text !== "" };
    },
  };

  const show = (event: ConsultationEvent, nameOf: (id: string) => string): void => {
    if (event.type === "red-flag-raised") say(styleText(["red", "bold"], `\n${event.message}`));
    if (event.type === "concluded") say(`\n${conclusionText(event.conclusion, nameOf)}`);
    if (event.type === "abandoned")
      say("\nStopped before the end; no conclusion is drawn. If you feel worse, see a clinician.");
  };

  const { signal } = ended;
  const close = (): void => lines.close();
  return {
    say,
    ask,
    askAge,
    askSex,
    patient,
    show,
    signal,
    close,
    get interrupted() {
      return interrupted;
    },
  };
}
