/**
 * Consultations are deleted so long after their last event, by whichever server is first. What the system notes itself when
 * nobody speaks any more (abandoned, notified) does not prolong their life. Knows when each is due, so that a look reads new
 * ones and due ones alone.
 */
import type { Clock, ConsultationEvent, EventStore } from "../../src/index.ts";
import { unlessGone } from "./hub.ts";
import { type Log, traceOf } from "./log.ts";

/** Milliseconds between two looks. */
const LOOK_MS = 3_600_000;

export interface RetentionContext {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Deletes a consultation with everything that is kept of it. */
  remove(consultation: string): Promise<void>;
}

export interface Retention {
  /** Deletes what is due, one after the other; gives how many. A look that is under way is not joined by another. */
  look(): Promise<number>;
  /** Looks now, and every hour. */
  begin(): void;
  /** Looks no more; fulfilled when nothing is under way. */
  stop(): Promise<void>;
}

/** `keepMs`: milliseconds after its last event that a consultation is kept, above 0. */
export function retention({ store, clock, log, remove }: RetentionContext, keepMs: number): Retention {
  /** When a consultation is due, as far as was known when it was last read. It can only be later. */
  const due = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<number> | undefined;

  const dueOf = async (consultation: string): Promise<number | undefined> => {
    const last = lastWord((await store.read(consultation)).map(({ event }) => event));
    return last && Date.parse(last.time) + keepMs;
  };

  const isDeleted = async (consultation: string): Promise<boolean> => {
    const known = due.get(consultation);
    const now = clock.now().getTime();
    if (known !== undefined && known > now) return false;
    const at = await dueOf(consultation);
    if (at === undefined) return false;
    due.set(consultation, at);
    if (at > now || stopped) return false;
    const isGone = await remove(consultation)
      .then(() => true)
      .catch(unlessGone);
    due.delete(consultation);
    return isGone ?? false;
  };

  const lookOver = async (): Promise<number> => {
    const listed = await store.list();
    const there = new Set(listed);
    for (const consultation of due.keys()) if (!there.has(consultation)) due.delete(consultation);
    let count = 0;
    for (const consultation of listed) {
      if (stopped) break;
      try {
        if (await isDeleted(consultation)) count++;
      } catch (error) {
        log("error", { event: "retention-failed", consultation, error: traceOf(error) });
      }
    }
    if (count > 0) log("info", { event: "retention", count });
    return count;
  };

  const look = (): Promise<number> => {
    running ??= lookOver().finally(() => {
      running = undefined;
    });
    return running;
  };
  const lookQuietly = (): void => {
    look().catch((error: unknown) => log("error", { event: "retention-failed", error: traceOf(error) }));
  };

  return {
    look,
    begin() {
      lookQuietly();
      timer = setInterval(lookQuietly, LOOK_MS);
      timer.unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running?.catch(() => {});
    },
  };
}

/** The last event that somebody brought about. */
function lastWord(events: readonly ConsultationEvent[]): ConsultationEvent | undefined {
  return events.findLast(({ type }) => type !== "abandoned" && type !== "notified");
}
