/** Who follows a consultation hears of it while it lasts, and is let go of. */
import { expect, test } from "vitest";
import { growthOf } from "../../../apps/protocols/a2a/following.ts";
import { Hub } from "../../../apps/server/hub.ts";
import { Limits } from "../../../apps/server/limits.ts";
import { projectionOf } from "../../../apps/server/log-messages.ts";
import { Metrics } from "../../../apps/server/metrics.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { systemClock } from "../../../src/index.ts";
import { conversation } from "../server/serving.ts";

const ANN = { name: "ann", audience: "patient" } as const;

async function consultation() {
  const hub = new Hub({
    conversation,
    projection: projectionOf(conversation),
    store: memoryStore(),
    clock: systemClock,
    limits: Limits.parse({}),
    metrics: new Metrics(),
    log: () => {},
  });
  const session = await hub.open(ANN, true, {});
  const say = (text: string) => hub.say(session, { type: "message", id: text, text });
  return { hub, session, say };
}

test("it hears of what came before it began to listen, and of what comes", async () => {
  const { session, say } = await consultation();
  const growth = growthOf(session, "patient", 2, new AbortController().signal);
  const { to } = await say("I have a cough");
  expect(await growth.next()).toEqual({ done: false, value: to });
  const next = growth.next();
  const { to: later } = await say("no");
  expect(await next).toEqual({ done: false, value: later });
  await growth.return(undefined);
  expect(session.inUse).toBe(false);
});

test("a client that goes away while it waits is let go of", async () => {
  const { session } = await consultation();
  const gone = new AbortController();
  const waiting = growthOf(session, "patient", session.seq, gone.signal).next();
  await expect.poll(() => session.inUse).toBe(true);
  gone.abort();
  expect((await waiting).done).toBe(true);
  expect(session.inUse).toBe(false);
});

test("it ends where the consultation is deleted", async () => {
  const { hub, session } = await consultation();
  const waiting = growthOf(session, "patient", session.seq, new AbortController().signal).next();
  await hub.delete(ANN, session.id);
  expect((await waiting).done).toBe(true);
});
