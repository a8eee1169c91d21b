/**
 * Many conversations over one log: messages of one consultation are taken one after another, those of different ones
 * side by side. A turn's events are appended together at its end; a turn that fails or is aborted leaves nothing.
 */
import type { ConsultationEvent, EventBody } from "../../src/index.ts";
import { streamed } from "./streaming.ts";
import { takeTurn } from "./turn.ts";
import type { ConversationParts, Message, TakeTurn, TurnOutput } from "./types.ts";

/** Where a host reads and appends. `expected` is the list's length that the turn was taken over. */
export interface ConversationLog {
  read(consultation: string): Promise<readonly ConsultationEvent[]>;
  append(consultation: string, bodies: readonly EventBody[], expected: number): Promise<unknown>;
}

export interface ConversationHost {
  send(consultation: string, message: Message, signal?: AbortSignal): AsyncIterable<TurnOutput>;
  /** Consultations with a turn under way or waiting. */
  readonly busy: number;
}

export function hostConversations(
  parts: ConversationParts,
  log: ConversationLog,
  turn: TakeTurn = takeTurn,
): ConversationHost {
  const lanes = new Map<string, Promise<unknown>>();
  const inLane = async (id: string, work: () => Promise<void>): Promise<void> => {
    const before = lanes.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    lanes.set(id, mine);
    try {
      await mine;
    } finally {
      if (lanes.get(id) === mine) lanes.delete(id);
    }
  };
  return {
    send: (consultation, message, signal) =>
      streamed((emit) =>
        inLane(consultation, async () => {
          const events = await log.read(consultation);
          const bodies: EventBody[] = [];
          for await (const output of turn(parts, events, message, signal)) {
            if (output.type === "event") bodies.push(output.body);
            emit(output);
          }
          await log.append(consultation, bodies, events.length);
        }),
      ),
    get busy() {
      return lanes.size;
    },
  };
}
