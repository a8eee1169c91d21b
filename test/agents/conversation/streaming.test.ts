import { setImmediate as later } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { streamed } from "../../../agents/conversation/streaming.ts";

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
};

describe("work that emits as it goes", () => {
  test("gives what is emitted in its order, at once or later, and then ends", async () => {
    const items = streamed<number>(async (emit) => {
      emit(1);
      emit(2);
      await later();
      emit(3);
      await later();
    });
    expect(await all(items)).toEqual([1, 2, 3]);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test("begins with the first reading", async () => {
    let begun = false;
    const items = streamed<number>(async () => {
      begun = true;
    });
    await later();
    expect(begun).toBe(false);
    await items.next();
    expect(begun).toBe(true);
  });

  test("throws what the work threw after what came before it, once", async () => {
    for (const waits of [true, false]) {
      const items = streamed<number>(async (emit) => {
        emit(1);
        if (waits) await later();
        throw new Error("broken");
      });
      expect(await items.next()).toEqual({ done: false, value: 1 });
      await expect(items.next()).rejects.toThrow("broken");
      expect(await items.next()).toEqual({ done: true, value: undefined });
    }
  });

  test("lets go of the rest when nobody reads on", async () => {
    const items = streamed<number>(async (emit) => {
      for (let n = 0; n < 10; n++) emit(n);
    });
    for await (const item of items) if (item === 2) break;
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });
});
