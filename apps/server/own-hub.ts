/** Consultations outside the chat server, for who answers in this process: a bot, a host of tools. */
import { Hub } from "./hub.ts";
import { projectionOf } from "./log-messages.ts";
import { Metrics } from "./metrics.ts";
import type { SessionContext } from "./session.ts";

export interface OwnHub {
  readonly hub: Hub;
  /** Sweeps no more; fulfilled when nothing is under way. The store stays open. */
  settle(): Promise<void>;
}

const SWEEP_MS = 10_000;

export function openHub(context: Omit<SessionContext, "projection" | "metrics">): OwnHub {
  const hub = new Hub({ ...context, projection: projectionOf(context.conversation), metrics: new Metrics() });
  const sweep = setInterval(() => void hub.sweep(performance.now()), SWEEP_MS);
  sweep.unref();
  return {
    hub,
    async settle() {
      clearInterval(sweep);
      await hub.settled();
    },
  };
}
