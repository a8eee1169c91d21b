import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, chainHashes, GENESIS_HASH, type StoredEvent, verifyChain } from "../../src/index.ts";
import { eventsOf } from "../fixtures/consultation-events.ts";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const chained = (count: number, id = "c"): StoredEvent[] => {
  const events = eventsOf(id, count);
  const hashes = chainHashes(GENESIS_HASH, events.map(canonicalJson), digest);
  return events.map((event, index) => ({ event, hash: hashes[index]! }));
};

describe("canonical JSON", () => {
  test("sorts keys at every depth, writes no white space and leaves out what is undefined", () => {
    const value = { b: [{ d: 1, c: null }], a: "é\n", "\ud83d": 0, z: undefined, A: -0 };
    expect(canonicalJson(value)).toBe('{"A":0,"a":"é\\n","b":[{"c":null,"d":1}],"\\ud83d":0}');
  });

  test("says the same as JSON, for any value, and does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
        const reversed = JSON.parse(JSON.stringify(plain), (_, each) =>
          each && typeof each === "object" && !Array.isArray(each)
            ? Object.fromEntries(Object.entries(each).reverse())
            : each,
        );
        expect(canonicalJson(reversed)).toBe(canonicalJson(plain));
      }),
    );
  });
});

describe("the chain", () => {
  test("is what anyone can compute: SHA-256 of the hash before and the canonical JSON", () => {
    // printf '%s%s' "$HASH_BEFORE" "$JSON" | sha256sum
    const [first, second] = chained(2);
    const opened =
      '{"actor":"system","consultation":"c","intake":{"findings":[]},"seq":0,"time":"2000-01-01T00:00:00.000Z","type":"opened","versions":{"mark":""}}';
    expect(canonicalJson(first!.event)).toBe(opened);
    expect(first!.hash).toBe(digest("0".repeat(64) + opened));
    expect(second!.hash).toBe(digest(first!.hash + canonicalJson(second!.event)));
  });

  test("continues where it was left", () => {
    const texts = eventsOf("c", 5).map(canonicalJson);
    const whole = chainHashes(GENESIS_HASH, texts, digest);
    expect(chainHashes(whole[1]!, texts.slice(2), digest)).toEqual(whole.slice(2));
  });

  test("is whole where nothing was altered, and tells its head", () => {
    const list = chained(6);
    expect(verifyChain(list, digest)).toEqual({ whole: true, count: 6, head: list[5]!.hash });
    expect(verifyChain([], digest)).toEqual({ whole: true, count: 0, head: GENESIS_HASH });
  });

  const altered = (index: number, change: Record<string, unknown>): unknown[] =>
    chained(6).map((stored, at) => (at === index ? { ...stored, event: { ...stored.event, ...change } } : stored));

  test.each<[string, unknown[], number, string]>([
    ["words that were changed", altered(3, { text: "no pain" }), 3, "altered"],
    ["a time that was changed", altered(5, { time: "2001-01-01T00:00:00.000Z" }), 5, "altered"],
    ["a hash that was changed", chained(6).map((s, i) => (i === 2 ? { ...s, hash: "0".repeat(64) } : s)), 2, "altered"],
    ["an event that was removed", chained(6).toSpliced(2, 1), 2, "out-of-place"],
    ["a beginning that was removed", chained(6).slice(1), 0, "out-of-place"],
    ["an event that was put in", chained(6).toSpliced(2, 0, chained(6)[1]!), 2, "out-of-place"],
    ["events that were exchanged", chained(6).toSpliced(3, 2, chained(6)[4]!, chained(6)[3]!), 3, "out-of-place"],
    ["another consultation's event", chained(6).toSpliced(4, 1, chained(6, "d")[4]!), 4, "out-of-place"],
    ["a line that is no event", chained(6).toSpliced(1, 1, undefined as never), 1, "unreadable"],
    ["an event with a field too many", altered(4, { note: "x" }), 4, "unreadable"],
    ["an event altered and hashed anew: the next one does not follow", rehashed(2), 3, "altered"],
  ])("breaks at %s", (_, list, index, breach) => {
    expect(verifyChain(list, digest)).toMatchObject({ whole: false, index, breach });
  });

  function rehashed(index: number): unknown[] {
    const list = chained(6);
    const event = { ...list[index]!.event, text: "forged" };
    return list.toSpliced(index, 1, {
      event,
      hash: digest(list[index - 1]!.hash + canonicalJson(event)),
    } as StoredEvent);
  }

  test("of another consultation than expected is broken from the start", () => {
    expect(verifyChain(chained(2), digest, "d")).toMatchObject({ whole: false, index: 0, breach: "out-of-place" });
  });

  test("does not show that its end is missing, but its head does", () => {
    const list = chained(6);
    const cut = verifyChain(list.slice(0, 4), digest);
    expect(cut).toMatchObject({ whole: true });
    expect(cut).not.toMatchObject({ head: list[5]!.hash });
  });

  test("any change of any character of a transcript is found, or changes nothing that it says", () => {
    const text = chained(4)
      .map((stored) => JSON.stringify(stored))
      .join("\n");
    const parse = (lines: string): unknown[] =>
      lines.split("\n").map((line) => {
        try {
          return JSON.parse(line);
        } catch {
          return undefined;
        }
      });
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ unit: "grapheme-ascii", maxLength: 2 }), (at, put) => {
        const changed = parse(text.slice(0, at) + put + text.slice(at + 1));
        const same = JSON.stringify(changed) === JSON.stringify(parse(text));
        expect(verifyChain(changed, digest).whole).toBe(same);
      }),
      { numRuns: 300 },
    );
  });
});
