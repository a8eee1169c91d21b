/** What the floor needs from above, as interfaces, and the one shape that every agent has. */
import type { Act } from "./acts.ts";
import type { ConsultationEvent } from "./events.ts";
import type { Intake, ObservedFinding } from "./vocabulary.ts";

export interface Clock {
  now(): Date;
}

/** A clock that stands at `start` and moves `stepMs` at each look: time for runs that must repeat byte for byte. */
export function steppingClock(start = "2000-01-01T00:00:00.000Z", stepMs = 1000): Clock {
  let next = Date.parse(start);
  return {
    now: () => {
      const date = new Date(next);
      next += stepMs;
      return date;
    },
  };
}

/** The clock on the wall. */
export const systemClock: Clock = { now: () => new Date() };

/** A turn of what a speaker is given: the system's words are the project's, everything of a case or a person is a user's. */
export interface SpeakerTurn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

export interface SpeakerContext {
  /** Fixes the speaker's chance, as far as it can be fixed. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Somebody who can be given a part to speak: a language model, to whoever sets the scene. */
export interface Speaker {
  /** What is said next. Throws an `AnamnesisError` where nothing can be: a call that failed, a budget that is spent. */
  speak(turns: readonly SpeakerTurn[], context?: SpeakerContext): Promise<string>;
}

/**
 * An agent's core: belief and observation in, belief and act out; pure, seeded, ignorant of transport and of labels.
 * Chat, simulation, evaluation and training call the same core.
 */
export interface AgentCore<Belief = unknown> {
  readonly name: string;
  /** What fixes its behaviour besides the seed: knowledge base, options, weights. */
  readonly versions: Readonly<Record<string, string>>;
  /** The belief before the first question. `seed` names the consultation's chance. */
  open(intake: Intake, seed: string): Belief;
  observe(belief: Belief, observed: ObservedFinding): Belief;
  /** As `observe` for one after another; quicker. */
  observeAll?(belief: Belief, told: readonly ObservedFinding[]): Belief;
  /** The next act, given that `asked` questions were put and `budget` are allowed. */
  decide(belief: Belief, turns: { asked: number; budget: number }): Act;
  /** The condition in the lead, where the agent ranks at every turn; quick. */
  leading?(belief: Belief): string | undefined;
}

/**
 * An agent that takes its time, as one does whose model is a process elsewhere. What it knows of a consultation is the
 * list of events; whatever it keeps besides is a cache of them.
 */
export interface Diagnostician {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  /** The next act at the end of the list, with so many questions left. */
  next(events: readonly ConsultationEvent[], left: number, signal?: AbortSignal): Promise<Act>;
}
