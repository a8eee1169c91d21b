/**
 * A consultation seen as a task of A2A 1.0: a fold over its events, so that any server tells the same, at any time. The
 * last thing the agent said is the status, what was said before is the history, a conclusion gives artifacts.
 */
import { type Artifact, type Message, Role, type Task, TaskState } from "@a2a-js/sdk";
import { type ConsultationEvent, endingOf } from "../../../src/index.ts";
import type { Audience, LogMessage } from "../../server/protocol.ts";
import type { Session } from "../../server/session.ts";
import { redFlagsIn, triageOf, warningOf } from "../triage.ts";
import { contextOf } from "./contexts.ts";
import { dataPart, filePart, textPart } from "./parts.ts";

/** As it stood when there were `upTo` events. */
export function taskOf(session: Session, audience: Audience, upTo: number = session.seq): Task {
  const { id } = session;
  const events = session.events.slice(0, upTo);
  const messages = session.messages(audience, 0, upTo);
  const said = turnsOf(id, messages, events);
  const state = stateOf(events);
  const isAnswered = said.at(-1)?.role === Role.ROLE_AGENT && state !== TaskState.TASK_STATE_CANCELED;
  const last = isAnswered ? said.pop() : undefined;
  return {
    id,
    contextId: contextOf(id),
    status: { state, message: last, timestamp: events.at(-1)?.time },
    artifacts: state === TaskState.TASK_STATE_COMPLETED ? artifactsOf(messages) : [],
    history: said,
    metadata: undefined,
  };
}

function stateOf(events: readonly ConsultationEvent[]): TaskState {
  switch (endingOf(events)?.type) {
    case undefined:
      return TaskState.TASK_STATE_INPUT_REQUIRED;
    case "abandoned":
      return TaskState.TASK_STATE_CANCELED;
    default:
      return TaskState.TASK_STATE_COMPLETED;
  }
}

/** Turn by turn: what the person said, and all that the agent said to it. */
function turnsOf(task: string, messages: readonly LogMessage[], events: readonly ConsultationEvent[]): Message[] {
  const turns: LogMessage[][] = [[]];
  for (const message of messages) {
    if (message.type === "said") turns.push([]);
    turns.at(-1)!.push(message);
  }
  const consent = events.findIndex(({ type }) => type === "consented");
  return turns.flatMap((turn) => {
    const consented = consent >= 0 && (turn.at(-1)?.seq ?? 0) > consent;
    return [personIn(task, turn, events), agentIn(task, turn, consented)].flatMap((message) => message ?? []);
  });
}

function messageOf(task: string, role: Role, messageId: string, parts: Message["parts"]): Message {
  const contextId = contextOf(task);
  return { messageId, contextId, taskId: task, role, parts, metadata: undefined, extensions: [], referenceTaskIds: [] };
}

/** Words without consent are not kept, and make no message. */
function personIn(
  task: string,
  turn: readonly LogMessage[],
  events: readonly ConsultationEvent[],
): Message | undefined {
  const [said] = turn;
  if (said?.type !== "said") return undefined;
  const files = turn.flatMap((message) => (message.type === "attachment" ? [filePart(message.attachment)] : []));
  const parts = [...(said.text === "" ? [] : [textPart(said.text)]), ...files];
  const event = events[said.seq - 1];
  const id = event?.type === "patient-said" ? event.id : undefined;
  return parts.length === 0 ? undefined : messageOf(task, Role.ROLE_USER, id ?? `${task}.${said.seq}`, parts);
}

/** Warnings first, then the words, then what can be answered, as data. */
function agentIn(task: string, turn: readonly LogMessage[], consented: boolean): Message | undefined {
  const redFlags = redFlagsIn(turn);
  const opened = turn[0]?.type === "opened" && consented ? [turn[0].prompt] : [];
  const words = turn.flatMap((message) => ("text" in message && message.type !== "said" ? [message.text] : []));
  const texts = [...redFlags.map(warningOf), ...opened, ...words];
  if (texts.length === 0) return undefined;
  const isOver = turn.some(({ type }) => type === "conclusion" || type === "handed-off");
  const offered = turn.flatMap((message) => ("suggestions" in message ? message.suggestions : []));
  const labels = consented ? offered.map(({ label }) => label) : ["Yes", "No"];
  const suggestions = isOver ? [] : labels;
  const data = { ...(suggestions.length > 0 && { suggestions }), ...(redFlags.length > 0 && { redFlags }) };
  const parts = [...texts.map(textPart), ...(Object.keys(data).length > 0 ? [dataPart(data)] : [])];
  return messageOf(task, Role.ROLE_AGENT, `${task}.${turn.at(-1)!.seq}`, parts);
}

/** For everybody how urgent it is and what to do; for clinicians, whose messages hold it, the differential. */
function artifactsOf(messages: readonly LogMessage[]): Artifact[] {
  const { nextStep = "", ...rest } = triageOf(messages, true);
  const view = messages.findLast((message) => "differential" in message && message.differential !== undefined);
  const differential = view && "differential" in view ? view.differential : undefined;
  const made = { metadata: undefined, extensions: [] };
  return [
    {
      ...made,
      artifactId: "triage",
      name: "Triage",
      description: "How soon the person should be seen, and what to do next.",
      parts: [textPart(nextStep), dataPart({ ...rest, nextStep })],
    },
    ...(differential
      ? [
          {
            ...made,
            artifactId: "differential",
            name: "Differential",
            description: "The conditions that fit, with what speaks for and against each. For clinicians.",
            parts: [dataPart(differential)],
          },
        ]
      : []),
  ];
}
