/** Spans around what others made: a store's calls, and the steps of a turn. Where nothing is traced, they stay as they are. */
import type { ConversationParts, TakeTurn } from "../../agents/index.ts";
import type { EventStore } from "../../src/index.ts";
import { type Tracing, untraced } from "./types.ts";

/** Appends and reads within a trace; those that the server does on its own are no trace. */
export function tracedStore(store: EventStore, tracing: Tracing): EventStore {
  if (tracing === untraced) return store;
  const watch = store.watch?.bind(store);
  return {
    append: (consultation, events, expectedSeq) =>
      tracing.within("store append", { consultation, events: events.length }, () =>
        store.append(consultation, events, expectedSeq),
      ),
    read: (consultation, fromSeq) =>
      tracing.within("store read", { consultation }, () => store.read(consultation, fromSeq)),
    list: () => store.list(),
    delete: (consultation) => tracing.within("store delete", { consultation }, () => store.delete(consultation)),
    close: () => store.close(),
    ...(watch && { watch }),
  };
}

/** The turn's steps, each in a span. */
export function tracedTurn(turn: TakeTurn, tracing: Tracing): TakeTurn {
  if (tracing === untraced) return turn;
  // The same parts give the same parts: an engine may keep what it made of them.
  const known = new WeakMap<ConversationParts, ConversationParts>();
  return (parts, ...rest) => {
    const traced = known.get(parts) ?? { ...parts, around: (step, work) => tracing.within(step, {}, work) };
    known.set(parts, traced);
    return turn(traced, ...rest);
  };
}
