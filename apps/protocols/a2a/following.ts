/** Follows a consultation while others take part in it. Knows no task. */
import type { Listener } from "../../server/listeners.ts";
import type { Audience } from "../../server/protocol.ts";
import type { Session } from "../../server/session.ts";

/** Gives how many events there are, whenever there are more than `from`; ends with the signal, or when it was deleted. */
export async function* growthOf(
  session: Session,
  audience: Audience,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<number> {
  let wake = (): void => {};
  let isOver = signal.aborted;
  const leave = (): void => {
    isOver = true;
    wake();
  };
  const listener: Listener = { audience, tell: () => wake(), catchUp() {}, tellDifferential() {}, leave };
  session.attach(listener, from);
  signal.addEventListener("abort", leave);
  try {
    let seen = from;
    while (!isOver) {
      if (session.seq > seen) {
        seen = session.seq;
        yield seen;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener("abort", leave);
    session.detach(listener);
  }
}
