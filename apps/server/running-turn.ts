/** A turn while it runs: gathers its events, shows its words as they come, and ends it when it takes too long. */
import type { TurnOutput } from "../../agents/index.ts";
import type { EventBody } from "../../src/index.ts";

/** Milliseconds for which pieces of text are gathered before they are shown. */
const GATHER_MS = 25;

export interface FinishedTurn {
  readonly bodies: readonly EventBody[];
  /** The words that were not shown yet. */
  readonly rest: string;
}

export async function runTurn(
  outputs: AsyncIterable<TurnOutput>,
  running: AbortController,
  withinMs: number,
  show: (delta: string) => void,
): Promise<FinishedTurn> {
  const bodies: EventBody[] = [];
  const began = performance.now();
  let rest = "";
  const gather = async (): Promise<void> => {
    for await (const output of outputs) {
      if (running.signal.aborted) return;
      if (output.type === "event") bodies.push(output.body);
      else if (output.type === "text") rest += output.delta;
    }
  };
  // One timer for both: most turns are over before it rings.
  const timer = setInterval(
    () => {
      if (performance.now() - began >= withinMs) running.abort(new Error(`no answer within ${withinMs} ms`));
      else if (rest !== "") show(rest);
      rest = "";
    },
    Math.min(GATHER_MS, withinMs),
  );
  const aborted = new Promise<never>((_, reject) => {
    running.signal.addEventListener("abort", () => reject(running.signal.reason), { once: true });
  });
  try {
    await Promise.race([gather(), aborted]);
    return { bodies, rest };
  } finally {
    clearInterval(timer);
  }
}
