/** What chat completions remember of conversations: a tip is taken once, a request has its while, nothing grows for ever. */
import { expect, test } from "vitest";
import { tips } from "../../../apps/protocols/openai/tips.ts";

const at = (consultation: string) => async () => ({ consultation, first: 0 });

test("a tip is taken once", () => {
  const known = tips();
  known.remember("a", { consultation: "one", seq: 4 });
  expect(known.take("a")).toEqual({ consultation: "one", seq: 4 });
  expect(known.take("a")).toBeUndefined();
});

test("a request is led to the same place until two minutes after its answer", async () => {
  const known = tips();
  const placed = async (now: number, fresh: string) => (await known.placed("r", now, at(fresh))).consultation;
  expect(await placed(0, "one")).toBe("one");
  expect(await placed(1e9, "two")).toBe("one");
  known.answered("r", 1e9);
  expect(await placed(1e9 + 119_000, "two")).toBe("one");
  expect(await placed(1e9 + 121_000, "two")).toBe("two");
});

test("a place that could not be found is looked for again", async () => {
  const known = tips();
  const failing = known.placed("r", 0, () => Promise.reject(new Error("the store is away")));
  await expect(failing).rejects.toThrow();
  expect(await known.placed("r", 1, at("one"))).toMatchObject({ consultation: "one" });
});

test("of more than 20,000 the oldest are let go of", async () => {
  const known = tips();
  for (let n = 0; n <= 20_000; n++) {
    known.remember(`m${n}`, { consultation: "c", seq: n });
    await known.placed(`r${n}`, 0, at("old"));
  }
  expect(known.take("m0")).toBeUndefined();
  expect(known.take("m1")).toBeDefined();
  expect(await known.placed("r0", 0, at("new"))).toMatchObject({ consultation: "new" });
  expect(await known.placed("r20000", 0, at("new"))).toMatchObject({ consultation: "old" });
});
