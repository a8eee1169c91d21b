/** One turn: a message in, events and words out. Runs the steps one after another and streams what they emit. */
import { standingOf } from "./standing.ts";
import { STEPS, type Turn } from "./steps.ts";
import { streamed } from "./streaming.ts";
import type { Around, TakeTurn } from "./types.ts";

const IN_ORDER = Object.entries(STEPS);

/** Nobody watches. */
export const alone: Around = (_, work) => work();

/** Throws `event-order` on a list that is no consultation's, and `unknown-suggestion` on one that was never offered. */
export const takeTurn: TakeTurn = (parts, events, message, signal) =>
  streamed(async (emit) => {
    let turn: Turn = { standing: standingOf(events), message };
    const { around = alone } = parts;
    for (const [name, step] of IN_ORDER) {
      signal?.throwIfAborted();
      const before = turn;
      turn = await around(name, () => step(before, { parts, emit, signal }));
    }
  });
