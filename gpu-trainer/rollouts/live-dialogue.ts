/**
 * One dialogue on its way: its tokens so far, what to sample next, and what follows what was sampled. Tokens are only
 * ever added at the end, so every prompt extends the one before it.
 */
import { seededRandom } from "../../src/index.ts";
import type { Dialogue, Heard, Outcome, StopReason } from "../dialogues/types.ts";
import type { SampledSequence, SampleRequest } from "../types.ts";
import type { GroupRequest } from "./roll-out.ts";
import type { Span, Trajectory } from "./types.ts";

export interface LiveDialogue {
  readonly request: GroupRequest;
  /** Place within the group; the greedy one comes last. */
  readonly index: number;
  /** When it was started, in milliseconds. */
  readonly begun: number;
  /** Present once it is over. */
  readonly trajectory: Trajectory | undefined;
  /** What its patient failed with, where it did. */
  readonly fault: string | undefined;
  open(): Promise<void> | undefined;
  /** What is to be sampled now. */
  next(): SampleRequest;
  take(sampled: SampledSequence): Promise<void> | undefined;
  cut(stop: Parameters<Dialogue["cut"]>[0]): void;
}

export interface LiveDialogueOptions {
  readonly request: GroupRequest;
  readonly index: number;
  readonly begun: number;
  readonly seed: number;
  readonly version: number;
  readonly contextLength: number;
  readonly temperature?: number | undefined;
}

export function liveDialogue(options: LiveDialogueOptions): LiveDialogue {
  const { request, index, begun, seed, version, contextLength } = options;
  const { id, case: chosen, task } = request;
  const temperature = index < request.size ? (options.temperature ?? 1) : 0;
  // The patient is the same for the whole group, the policy's chance is each dialogue's own.
  const dialogue = task.start(chosen, seededRandom(seed, id, "patient").below(2 ** 31));
  const chance = seededRandom(seed, id, index, "policy").bits() * 2 ** 20;
  const longest = Math.min(contextLength, task.maxTokens);
  const tokens: number[] = [];
  const mask: number[] = [];
  const logprobs: number[] = [];
  const spans: Span[] = [];
  let trajectory: Trajectory | undefined;
  let fault: string | undefined;

  const hold = (added: readonly number[]): void => {
    for (const token of added) {
      tokens.push(token);
      mask.push(0);
      logprobs.push(0);
    }
  };
  const end = (outcome: Outcome): void => {
    trajectory ??= { ...outcome, tokens, mask, logprobs, spans };
  };
  const cut = (stop: Exclude<StopReason, "concluded" | "budget" | "parse-failure">): void => {
    if (!trajectory) end(dialogue.cut(stop));
  };
  const proceed = (heard: Heard): void => {
    // What comes after a cut comes too late.
    if (trajectory) return;
    if (heard.done) {
      end(heard.outcome);
      return;
    }
    hold(heard.tokens);
    if (tokens.length >= longest) cut("truncated");
  };
  /**
   * A patient that fails ends its own dialogue; what it said is kept for whoever wants to know why. Where the dialogue
   * cannot be ended either, what went wrong first is thrown.
   */
  const fail = (error: unknown): void => {
    fault ??= error instanceof Error ? error.message : String(error);
    try {
      cut("patient-error");
    } catch {
      throw error;
    }
  };
  const guarded = <T>(act: () => T | Promise<T>, then: (value: T) => void): Promise<void> | undefined => {
    try {
      const value = act();
      if (value instanceof Promise) return value.then(then).catch(fail);
      then(value);
    } catch (error) {
      fail(error);
    }
    return undefined;
  };

  return {
    request,
    index,
    begun,
    get trajectory() {
      return trajectory;
    },
    get fault() {
      return fault;
    },
    open: () =>
      guarded(
        () => dialogue.open(),
        (opening) => proceed({ done: false, tokens: opening }),
      ),
    next: () => ({
      prompt: tokens.slice(),
      maxTokens: Math.min(task.turn.maxTokens, longest - tokens.length),
      temperature,
      seed: chance + tokens.length,
      dialogue: `${id}/${index}`,
      ...(task.turn.stop && { stop: task.turn.stop }),
    }),
    take({ tokens: turn, logprobs: own, stopReason }) {
      spans.push({ start: tokens.length, length: turn.length, version, temperature });
      turn.forEach((token, place) => {
        tokens.push(token);
        mask.push(1);
        logprobs.push(own[place]!);
      });
      // A turn that came to its own most tokens is read as it stands; one that the dialogue had no room for is not.
      const isRead = stopReason === "stop" || task.turn.maxTokens === 1 || tokens.length < longest;
      if (isRead) return guarded(() => dialogue.hear(turn), proceed);
      cut("truncated");
      return undefined;
    },
    cut,
  };
}
