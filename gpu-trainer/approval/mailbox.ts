/**
 * Where the trainer and a reviewer meet, though either may die: the folder `review` of a run. A held batch lies there as
 * `step-000012.json` (after a correction as `step-000012.round-1.json`), the decision beside it as
 * `step-000012.decision.json`; the first decision wins. Both are whole or not there, and stay as the run's record.
 * The trainer holds and waits, anybody decides; decisions are written to `events.jsonl` by the trainer alone.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, canonicalJson, systemClock } from "../../src/index.ts";
import { sha256 } from "../durable.ts";
import { checkVerdict } from "./apply.ts";
import { changesIn } from "./changes.ts";
import { ApprovalError } from "./errors.ts";
import { type EventFile, openEventFile } from "./event-file.ts";
import { eventsOf, type ReviewEventBody } from "./events.ts";
import { codeOf, readWhole, writeFirst, writeWhole } from "./files.ts";
import { type BatchReference, Decision, type HeldBatch, PendingBatch, type Verdict } from "./types.ts";

export interface MailboxOptions {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Milliseconds between two looks, for file systems that tell of no changes. Default 1,000. */
  readonly pollMs?: number | undefined;
}

/** Both ends of a run's review folder. */
export interface Mailbox {
  /** Lays a batch into the folder; gives the decision where one was made on this very batch. For the trainer. */
  hold(held: HeldBatch): Promise<Decision | undefined>;
  /** Waits for the decision on a batch that was laid there. For the trainer. Throws the signal's reason. */
  wait(held: HeldBatch, signal?: AbortSignal): Promise<Decision>;
  /** The batch that waits for a decision. For reviewers. */
  pending(): Promise<PendingBatch | undefined>;
  /**
   * Decides on the batch that waits. For reviewers. Throws `not-held`, `batch-changed`, `bad-decision`, and
   * `already-decided` where somebody was quicker.
   */
  decide(on: BatchReference, verdict: Verdict, by: string): Promise<Decision>;
}

/** Names a held batch by its content. */
export function referenceTo(held: HeldBatch): BatchReference {
  return { step: held.step, round: held.round, digest: sha256(canonicalJson(held)) };
}

/** Folder and events of the run in `directory`. */
export const reviewFolder = (directory: string): string => join(directory, "review");
export const reviewEventsFile = (directory: string): string => join(reviewFolder(directory), "events.jsonl");

type Place = Pick<BatchReference, "step" | "round">;

const stemOf = ({ step, round }: Place): string =>
  `step-${String(step).padStart(6, "0")}${round > 0 ? `.round-${round}` : ""}`;
const STEM = /^step-(\d{6,})(?:\.round-(\d+))?(\.decision)?\.json$/;
const isLater = (a: Place, b: Place): boolean => a.step > b.step || (a.step === b.step && a.round > b.round);

/** The mailbox of the run in `directory`, which need not exist yet. */
export function openMailbox(directory: string, options: MailboxOptions = {}): Mailbox {
  const { clock = systemClock, pollMs = 1_000 } = options;
  const folder = reviewFolder(directory);
  const batchFile = (place: Place): string => join(folder, `${stemOf(place)}.json`);
  const decisionFile = (place: Place): string => join(folder, `${stemOf(place)}.decision.json`);
  const now = (): string => clock.now().toISOString();
  let events: Promise<EventFile> | undefined;

  const record = async (bodies: readonly ReviewEventBody[]): Promise<void> => {
    events ??= openEventFile(reviewEventsFile(directory));
    const file = await events.catch((error) => {
      events = undefined;
      throw error;
    });
    await file.append(bodies.filter((body) => !file.has(body)));
  };

  /** Batches and decisions that lie there. */
  const list = async (): Promise<(Place & { readonly name: string; readonly isDecision: boolean })[]> => {
    const names = await readdir(folder).catch((cause) => {
      if (codeOf(cause) === "ENOENT") return [];
      throw new ApprovalError("bad-mailbox", `could not be read: ${String(cause)}`, { place: { file: folder }, cause });
    });
    return names.flatMap((name) => {
      const found = STEM.exec(name);
      if (!found) return [];
      return [{ name, step: Number(found[1]), round: Number(found[2] ?? 0), isDecision: found[3] !== undefined }];
    });
  };

  /** The decision on this very batch; one on another that lay there before is swept away. */
  const decisionOn = async (held: HeldBatch): Promise<Decision | undefined> => {
    const { digest } = referenceTo(held);
    const decision = await readWhole(decisionFile(held), Decision);
    if (!decision) return undefined;
    if (decision.digest !== digest) {
      await rm(decisionFile(held), { force: true });
      return undefined;
    }
    // Anybody can lay a file there.
    checkVerdict(held.groups, decision);
    await record(eventsOf(decision, (group, trajectory) => rewardIn(held, group, trajectory)));
    return decision;
  };

  let read: { readonly as: string; readonly batch: PendingBatch | undefined } | undefined;
  /** The batch that lies at a place; a file that was read is not read again while it stays as it is. */
  const batchAt = async (place: Place): Promise<PendingBatch | undefined> => {
    const file = batchFile(place);
    const { ino, mtimeMs, size } = (await stat(file).catch(() => undefined)) ?? {};
    const as = `${file} ${ino} ${mtimeMs} ${size}`;
    if (read?.as !== as) read = { as, batch: await readWhole(file, PendingBatch) };
    return read.batch;
  };

  return {
    async hold(held) {
      const reference = referenceTo(held);
      await record([heldEvent(held, reference, now())]);
      const decision = await decisionOn(held);
      if (decision) return decision;
      // What lies there of later batches is of a course that the run has left.
      for (const each of await list()) if (isLater(each, held)) await rm(join(folder, each.name), { force: true });
      const lies = await readWhole(batchFile(held), PendingBatch).catch(() => undefined);
      if (lies?.digest !== reference.digest) {
        const pending: PendingBatch = { digest: reference.digest, heldAt: now(), batch: held };
        await writeWhole(batchFile(held), pending);
      }
      return undefined;
    },

    async wait(held, signal) {
      const change = changesIn(folder, pollMs, signal);
      try {
        for (;;) {
          signal?.throwIfAborted();
          const decision = await decisionOn(held);
          if (decision) return decision;
          await change.next();
        }
      } finally {
        change.close();
      }
    },

    async pending() {
      const batches = (await list()).filter(({ isDecision }) => !isDecision);
      const last = batches.reduce<Place | undefined>((a, b) => (a && !isLater(b, a) ? a : b), undefined);
      if (!last) return undefined;
      const [batch, decision] = await Promise.all([batchAt(last), readWhole(decisionFile(last), Decision)]);
      return batch && decision?.digest !== batch.digest ? batch : undefined;
    },

    async decide({ step, round, digest }, verdict, by) {
      const batch = await batchAt({ step, round });
      if (!batch) throw new ApprovalError("not-held", `step ${step} is not held: look at what is held now`);
      if (batch.digest !== digest)
        throw new ApprovalError("batch-changed", `step ${step} was rolled out again since: look at it again`);
      checkVerdict(batch.batch.groups, verdict);
      const decision: Decision = { ...verdict, step, round, digest, by, at: now() };
      await writeFirst(decisionFile({ step, round }), decision);
      return decision;
    },
  };
}

function heldEvent(held: HeldBatch, reference: BatchReference, at: string): ReviewEventBody {
  const rewards = held.groups.flatMap(({ trajectories }) => trajectories.map(({ reward }) => reward));
  const finite = rewards.filter((reward) => reward !== null);
  const { objective, reasons, groups } = held;
  const counts = { groups: groups.length, trajectories: rewards.length };
  const rewardMean = finite.length === 0 ? 0 : finite.reduce((sum, reward) => sum + reward, 0) / finite.length;
  return { type: "batch-held", at, ...reference, objective, ...counts, rewardMean, reasons };
}

const rewardIn = ({ groups }: HeldBatch, group: string, trajectory: number): number | null =>
  groups.find(({ id }) => id === group)?.trajectories[trajectory]?.reward ?? null;
