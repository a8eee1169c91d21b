/**
 * Groups of dialogues under one policy version. All that wait for the policy are sampled in one call; those whose
 * patient takes its time join a later one. Where patients answer at once, the same seed gives the same calls.
 */

import type { Case } from "../../simulators/index.ts";
import type { Task } from "../dialogues/types.ts";
import { STOP_REASONS, type StopReason } from "../dialogues/types.ts";
import { type LiveDialogue, liveDialogue } from "./live-dialogue.ts";
import type { PolicySampler } from "./sampler.ts";
import { type Group, type RolloutCounts, STOP_POLICY, type StopPolicy, type Trajectory } from "./types.ts";

export interface GroupRequest {
  /** Names the group, and with the run's seed its chance. */
  readonly id: string;
  readonly case: Case;
  readonly task: Task;
  /** Trajectories, 1 or more. */
  readonly size: number;
  /** One more, sampled greedily, for objectives that compare with it. Default false. */
  readonly greedy?: boolean | undefined;
}

export interface RolloutOptions {
  readonly sampler: PolicySampler;
  readonly seed: number;
  /** Tokens that the model reads at most. */
  readonly contextLength: number;
  /** Above 0. Default 1, which is what `forward` assumes. */
  readonly temperature?: number | undefined;
  /** Dialogues under way at once. Default 1024. */
  readonly atOnce?: number | undefined;
  /** Milliseconds that a dialogue may take; then it is cut. Default 600,000. */
  readonly timeout?: number | undefined;
  readonly stopPolicy?: StopPolicy | undefined;
  /** Milliseconds on a clock that never goes back. Default: the process's. */
  readonly now?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each wave with the number of dialogues that are over. */
  readonly onProgress?: ((finished: number) => void) | undefined;
}

export interface Rollouts {
  /**
   * In the order of the requests. A group left with fewer than two of several trajectories, or without the greedy one that
   * was asked for, is not among them.
   */
  readonly groups: readonly Group[];
  readonly counts: RolloutCounts;
  /** Of every dialogue, dropped ones included, without the greedy ones. */
  readonly generations: number;
}

interface Place {
  readonly request: GroupRequest;
  readonly index: number;
}

/** Messages of failed patients that are kept. */
const FAULTS = 5;

/**
 * Rolls out every request to its end. Fails only where the worker does, where a dialogue can be neither led nor ended, or
 * with the signal's reason.
 */
export async function rollOut(requests: readonly GroupRequest[], options: RolloutOptions): Promise<Rollouts> {
  const { sampler, atOnce = 1024, timeout = 600_000, now = () => performance.now(), signal, onProgress } = options;
  const places = requests.flatMap((request) =>
    Array.from({ length: request.size + Number(request.greedy ?? false) }, (_, index) => ({ request, index })),
  );
  const finished = new Map<GroupRequest, Trajectory[]>(requests.map((request) => [request, []]));
  const waiting = placesLeft(places);
  const live = new Set<LiveDialogue>();
  const recoveriesBefore = sampler.recoveries;
  const faults = new Set<string>();
  let ready: LiveDialogue[] = [];
  let over = 0;
  let wake: () => void = () => {};
  let broken: { readonly error: unknown } | undefined;

  const settle = (dialogue: LiveDialogue): void => {
    if (!dialogue.trajectory) {
      ready.push(dialogue);
      return;
    }
    if (!live.delete(dialogue)) return;
    over++;
    if (dialogue.fault !== undefined && faults.size < FAULTS) faults.add(dialogue.fault);
    finished.get(dialogue.request)![dialogue.index] = dialogue.trajectory;
  };
  /** What a dialogue does may be done at once or later. A patient that fails ends its own; what cannot be ended, all. */
  const follow = (dialogue: LiveDialogue, under: Promise<void> | undefined): void => {
    if (!under) {
      settle(dialogue);
      return;
    }
    const done = under.then(
      () => settle(dialogue),
      (error: unknown) => {
        broken ??= { error };
      },
    );
    done.then(() => wake());
  };
  const cutLate = (): void => {
    for (const dialogue of live) {
      if (now() - dialogue.begun < timeout) continue;
      dialogue.cut("timeout");
      settle(dialogue);
    }
    ready = ready.filter(({ trajectory }) => !trajectory);
  };

  for (;;) {
    signal?.throwIfAborted();
    if (broken) throw broken.error;
    while (live.size < atOnce) {
      const place = waiting.next();
      if (place.done) break;
      const dialogue = liveDialogue({ ...place.value, ...options, version: sampler.version, begun: now() });
      live.add(dialogue);
      follow(dialogue, dialogue.open());
    }
    cutLate();
    if (live.size === 0) break;
    if (ready.length === 0) {
      await wokenOrLate((resolve) => (wake = resolve), signal);
      continue;
    }
    const wave = ready;
    ready = [];
    const outputs = await sampler.sample(
      wave.map(({ next }) => next()),
      signal,
    );
    wave.forEach((dialogue, place) => {
      if (!dialogue.trajectory) follow(dialogue, dialogue.take(outputs[place]!.sequences[0]!));
    });
    onProgress?.(over);
  }
  const { stops, dropped, ...result } = gathered(requests, finished, options.stopPolicy ?? STOP_POLICY);
  const recoveries = sampler.recoveries - recoveriesBefore;
  return { ...result, counts: { stops, dropped, faults: [...faults], recoveries } };
}

function* placesLeft(places: readonly Place[]): Generator<Place, undefined> {
  yield* places;
  return undefined;
}

/** How often late dialogues are looked for while no patient answers, in milliseconds. */
const LOOK = 100;

function wokenOrLate(register: (resolve: () => void) => void, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, LOOK);
    signal?.addEventListener("abort", done);
    register(done);
  });
}

function gathered(
  requests: readonly GroupRequest[],
  finished: ReadonlyMap<GroupRequest, readonly Trajectory[]>,
  policy: StopPolicy,
) {
  const stops = Object.fromEntries(STOP_REASONS.map((reason) => [reason, 0])) as Record<StopReason, number>;
  const groups: Group[] = [];
  let dropped = 0;
  let generations = 0;
  for (const request of requests) {
    const all = finished.get(request)!;
    const sampled = all.slice(0, request.size);
    generations += sampled.length;
    for (const { stop } of sampled) stops[stop]++;
    const kept = sampled.flatMap((trajectory) => treated(trajectory, policy));
    dropped += sampled.length - kept.length;
    if (kept.length < Math.min(2, request.size)) continue;
    const { id, case: chosen, task } = request;
    const [greedy] = request.greedy ? treated(all[request.size]!, policy) : [];
    if (request.greedy && !greedy) continue;
    groups.push({
      id,
      caseId: chosen.id,
      domain: chosen.domain ?? "",
      task: task.name,
      version: kept[0]!.spans[0]!.version,
      trajectories: kept,
      ...(greedy && { greedy }),
    });
  }
  return { groups, stops, dropped, generations };
}

/** The trajectory as the policy for its end has it; one in which nothing was sampled teaches nothing. */
function treated(trajectory: Trajectory, policy: StopPolicy): Trajectory[] {
  const what = policy[trajectory.stop];
  if (what === "drop" || trajectory.spans.every(({ length }) => length === 0)) return [];
  return what === "keep" ? [trajectory] : [{ ...trajectory, reward: what.reward }];
}
