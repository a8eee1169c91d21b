/**
 * What became of held batches, as events in a hash chain: hash(n) = SHA-256(hash(n − 1) + canonical JSON of event n), as
 * for consultations. Knows the events; where they lie is `event-file.ts`.
 */
import { z } from "zod";
import { canonicalJson, chainHashes, GENESIS_HASH } from "../../src/index.ts";
import { sha256 } from "../durable.ts";
import { BatchReference, CorrectedReward, type Decision, Reason } from "./types.ts";

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({
    /** Place in the file, from 0. */
    seq: z.int().min(0),
    type: z.literal(type),
    at: z.iso.datetime(),
    ...BatchReference.shape,
    ...shape,
  });
const by = { by: z.string() };

export const ReviewEvent = z.discriminatedUnion("type", [
  event("batch-held", {
    objective: z.string(),
    groups: z.int(),
    trajectories: z.int(),
    /** Of the rewards that are finite. */
    rewardMean: z.number(),
    reasons: z.array(Reason),
  }),
  event("batch-confirmed", by),
  event("rewards-corrected", {
    ...by,
    /** `from` null: it was no finite number. */
    rewards: z.array(z.strictObject({ ...CorrectedReward.shape, from: z.number().nullable() })),
  }),
  event("groups-rejected", { ...by, groups: z.array(z.string()) }),
  event("batch-rejected", { ...by, reason: z.string() }),
]);
export type ReviewEvent = z.output<typeof ReviewEvent>;

type Bare<Event> = Event extends ReviewEvent ? Omit<Event, "seq"> : never;
/** An event before it has its place. */
export type ReviewEventBody = Bare<ReviewEvent>;

export const StoredReviewEvent = z.strictObject({ event: ReviewEvent, hash: z.string() });
export type StoredReviewEvent = z.output<typeof StoredReviewEvent>;

/** The events of a decision. `from`: a reward as it was held. */
export function eventsOf(
  decision: Decision,
  from: (group: string, trajectory: number) => number | null,
): ReviewEventBody[] {
  const { step, round, digest, by, at } = decision;
  const facts = { at, step, round, digest, by };
  switch (decision.type) {
    case "confirm":
      return [{ type: "batch-confirmed", ...facts }];
    case "reject":
      return [{ type: "batch-rejected", ...facts, reason: decision.reason }];
    case "correct": {
      const rewards = decision.rewards.map((each) => ({ ...each, from: from(each.group, each.trajectory) }));
      const { rejectGroups: groups } = decision;
      return [
        ...(rewards.length > 0 ? [{ type: "rewards-corrected" as const, ...facts, rewards }] : []),
        ...(groups.length > 0 ? [{ type: "groups-rejected" as const, ...facts, groups }] : []),
      ];
    }
    default:
      return decision satisfies never;
  }
}

/** The event at place `seq` after the one with the hash `previous`. */
export function chained(previous: string, seq: number, body: ReviewEventBody): StoredReviewEvent {
  const event = ReviewEvent.parse({ seq, ...body });
  const [own] = chainHashes(previous, [canonicalJson(event)], sha256);
  return { event, hash: own! };
}

export type ReviewVerdict =
  | { readonly whole: true; readonly count: number; readonly head: string }
  /** `index`: the first event that is not what was stored. */
  | { readonly whole: false; readonly index: number; readonly detail: string };

/** Proves that `list`, events as parsed from JSON, is one untampered chain. An end that was cut off shows in `head` alone. */
export function verifyReviewEvents(list: readonly unknown[]): ReviewVerdict {
  let head = GENESIS_HASH;
  for (const [index, item] of list.entries()) {
    const broken = (detail: string): ReviewVerdict => ({ whole: false, index, detail });
    const stored = StoredReviewEvent.safeParse(item);
    if (!stored.success) return broken("is not an event with its hash");
    if (stored.data.event.seq !== index) return broken(`says that it is event ${stored.data.event.seq}`);
    // The event as it stands there, not as a schema sees it.
    [head] = chainHashes(head, [canonicalJson((item as { event: unknown }).event)], sha256) as [string];
    if (head !== stored.data.hash) return broken("does not follow from its hash and the events before it");
  }
  return { whole: true, count: list.length, head };
}
