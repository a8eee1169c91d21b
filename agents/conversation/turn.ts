/** One turn: a message in, events and words out. Runs the steps one after another and streams what they emit. */
import { standingOf } from "./standing.ts";
import { STEPS, type Turn } from "./steps.ts";
import { streamed } from "./streaming.ts";
import type { TakeTurn } from "./types.ts";

/** Throws `event-order` on a list that is no consultation's, and `unknown-suggestion` on one that was never offered. */
export const takeTurn: TakeTurn = (parts, events, message, signal) =>
  streamed(async (emit) => {
    let turn: Turn = { standing: standingOf(events), message };
    for (const step of Object.values(STEPS)) {
      signal?.throwIfAborted();
      turn = await step(turn, { parts, emit, signal });
    }
  });
