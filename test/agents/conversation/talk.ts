/** A conversation in a test: keeps the list, sends messages, gathers what each turn gives. */
import {
  bayesAgent,
  type ConversationParts,
  embeddedUnderstander,
  type Message,
  type TakeTurn,
  type TurnOutput,
  takeTurn,
  templatePhraser,
} from "../../../agents/index.ts";
import {
  type AgentCore,
  buildLexicon,
  EventLog,
  type Intake,
  type KnowledgeBase,
  steppingClock,
} from "../../../src/index.ts";

export function embeddedParts(base: KnowledgeBase, changes: Partial<ConversationParts> = {}): ConversationParts {
  const lexicon = changes.lexicon ?? buildLexicon(base.findings);
  return {
    base,
    lexicon,
    understander: embeddedUnderstander(lexicon),
    core: bayesAgent(base) as AgentCore,
    phraser: templatePhraser(base),
    budget: 12,
    ...changes,
  };
}

export interface Told {
  readonly outputs: readonly TurnOutput[];
  readonly text: string;
  readonly types: readonly string[];
}

export function conversation(
  parts: ConversationParts,
  intake: Partial<Intake> = {},
  { turn = takeTurn, id = "talk" }: { turn?: TakeTurn; id?: string } = {},
) {
  const log = new EventLog(id, steppingClock());
  log.append({ type: "opened", intake: { findings: [], ...intake }, versions: parts.core.versions });
  const say = async (message: Message, signal?: AbortSignal): Promise<Told> => {
    const outputs: TurnOutput[] = [];
    for await (const output of turn(parts, [...log.events], message, signal)) {
      outputs.push(output);
      if (output.type === "event") log.append(output.body);
    }
    return {
      outputs,
      text: outputs.map((output) => (output.type === "text" ? output.delta : "")).join(""),
      types: outputs.flatMap((output) => (output.type === "event" ? [output.body.type] : [])),
    };
  };
  const ended = (): boolean => log.events.some(({ type }) => type === "concluded" || type === "handed-off");
  return { log, say, ended };
}
