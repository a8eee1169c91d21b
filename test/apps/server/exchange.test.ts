/** What every protocol shares: words in, words out, over the server's own consultations. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { begun, exchange, restOf, stampOf } from "../../../apps/server/exchange.ts";
import type { RouteContext } from "../../../apps/server/routes.ts";
import type { Holder } from "../../../apps/server/tokens.ts";
import { serving } from "./serving.ts";

const ada: Holder = { name: "ada", audience: "patient" };
const ben: Holder = { name: "ben", audience: "patient" };

/** What a server's endpoints are given. */
async function context(): Promise<RouteContext> {
  let given: RouteContext | undefined;
  await serving({
    endpoints: (context) => {
      given = context;
      return [];
    },
  });
  return given!;
}

describe("An exchange", () => {
  test("asks for consent in words, then asks with suggestions that may be typed", async () => {
    const { hub } = await context();
    const session = await begun(hub, ada, {});
    const first = await exchange(hub, ada, session, { id: "1", text: "I have a cough" });
    expect(first).toMatchObject({ consented: false, ended: false, suggestions: ["Yes", "No"] });
    expect(first.text).toContain("Reply YES");
    const second = await exchange(hub, ada, session, { id: "2", text: "yes" });
    expect(second).toMatchObject({ consented: true, suggestions: [] });
    const third = await exchange(hub, ada, session, { id: "3", text: "I have a cough" });
    expect(third.text).toMatch(/\?$/);
    expect(third.suggestions.length).toBeGreaterThan(1);
    const fourth = await exchange(hub, ada, session, { id: "4", text: third.suggestions[0]!.toUpperCase() });
    expect(fourth.messages.map(({ type }) => type)).toContain("understood");
    expect(fourth).not.toHaveProperty("differential");
  });

  test("answers the same id as it did first", async () => {
    const { hub } = await context();
    const session = await begun(hub, ada, { consent: true });
    const words = { id: "any words at all, however long: ".repeat(9), text: "I have a cough" };
    const first = await exchange(hub, ada, session, words);
    const again = await exchange(hub, ada, session, words);
    expect(again).toEqual({ ...first, repeated: true });
    expect(stampOf(words.id)).toHaveLength(40);
  });

  test("begins a named consultation once, for each holder", async () => {
    const { hub } = await context();
    const [one, same] = await Promise.all([begun(hub, ada, { name: "t" }), begun(hub, ada, { name: "t" })]);
    const other = await begun(hub, ben, { name: "t" });
    expect(same.id).toBe(one.id);
    expect(other.id).not.toBe(one.id);
    await expect(hub.find(ben, one.id)).rejects.toMatchObject({ code: "not-found" });
    expect((await hub.find(ada, one.id)).id).toBe(one.id);
  });

  test("leaves nobody listening, whether it succeeds or fails", async () => {
    const { hub } = await context();
    const session = await begun(hub, ada, { consent: true });
    const shown: string[] = [];
    const told = await exchange(
      hub,
      ada,
      session,
      { id: "1", text: "I have a cough" },
      (piece) => void shown.push(piece),
    );
    expect(restOf(told.text, shown.join(""))).toEqual([]);
    expect(session.inUse).toBe(false);
    hub.stop();
    const refused = exchange(hub, ada, session, { id: "2", text: "no" }, () => {});
    await expect(refused).rejects.toMatchObject({ code: "draining" });
    expect(session.inUse).toBe(false);
  });

  test("takes messages of 20,000 characters, and no longer ones", async () => {
    const { hub } = await context();
    const session = await begun(hub, ada, { consent: true });
    const longest = await exchange(hub, ada, session, { id: "1", text: `I cough. ${"x".repeat(19_991)}` });
    expect(longest.text).toMatch(/\?$/);
    const longer = exchange(hub, ada, session, { id: "2", text: "x".repeat(20_001) });
    await expect(longer).rejects.toMatchObject({ code: "too-large" });
  });
});

describe("What is left of a text that was told in pieces", () => {
  test.each([
    ["Do you cough? (Yes / No)", "", ["Do", " you", " cough?", " (Yes", " /", " No)"]],
    ["I see.\n\nDo you cough?", "I see. Do", [" you", " cough?"]],
    ["I see.", "I see. ", []],
    ["Do you cough?", "Have you", ["\n\nDo", " you", " cough?"]],
    ["", "", []],
  ])("%j after %j", (text, told, pieces) => {
    expect(restOf(text, told)).toEqual(pieces);
  });

  test("is all of it, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, cut) => {
        const told = text.slice(0, cut % (text.length + 1));
        const [whole, joined] = [text, told + restOf(text, told).join("")].map((each) => each.replace(/\s+/g, ""));
        expect(joined).toBe(whole);
      }),
    );
  });
});
