import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Move, PARSE_FAILURES, parseMove, parseMoveLeniently, renderMove } from "../../src/index.ts";

const failure = (reason: keyof typeof PARSE_FAILURES) => ({ type: "parse-failure", reason });
const withoutTags = (text: string): boolean => !/<\/?(ask|examine|diagnosis|think)>/.test(text);

describe("what a policy writes", () => {
  test("is one question, one examination or one ranked list", () => {
    expect(parseMove("<ask>Do you cough?</ask>")).toEqual({ type: "ask", text: "Do you cough?" });
    expect(parseMove("\n <examine> chest X-ray </examine>\n")).toEqual({ type: "examine", text: "chest X-ray" });
    expect(parseMove("<diagnosis>\nFlu\nCold\n</diagnosis>")).toEqual({ type: "diagnosis", ranked: ["Flu", "Cold"] });
  });

  test("may begin with a thought, in which any tag may stand", () => {
    const text = "<think>First <ask>, then </diagnosis> perhaps.</think>\n<ask>Where?</ask>";
    expect(parseMove(text)).toEqual({ type: "ask", text: "Where?" });
  });

  test("numbers and bullets of a list are not part of the names, repetitions count once", () => {
    const list = "1. Flu\n2) Cold\n- Asthma\r\n* Gout\n\n12. Flu\n3-day fever";
    const { ranked } = parseMove(`<diagnosis>${list}</diagnosis>`) as Extract<Move, { type: "diagnosis" }>;
    expect(ranked).toEqual(["Flu", "Cold", "Asthma", "Gout", "3-day fever"]);
  });
});

describe("what does not fit is a failure with its reason", () => {
  const examples: [text: string, reason: keyof typeof PARSE_FAILURES][] = [
    [`<ask>${"a".repeat(20_000)}</ask>`, "too-long"],
    ["", "no-move"],
    ["Do you cough?", "no-move"],
    ["<ASK>Do you cough?</ASK>", "no-move"],
    ["<think>Hm.</think>", "no-move"],
    ["<ask>a</ask><ask>b</ask>", "many-moves"],
    ["<ask>a</ask> then <diagnosis>b</diagnosis>", "many-moves"],
    ["<ask>a", "unclosed"],
    ["a</ask>", "unclosed"],
    ["<ask>a</examine>", "unclosed"],
    ["<think>a <ask>b", "unclosed"],
    ["<ask>a <ask>b</ask>", "unclosed"],
    ["<diagnosis>a <ask>b</diagnosis>", "unclosed"],
    ["Well: <ask>a</ask>", "stray-text"],
    ["<ask>a</ask> <think>late</think>", "stray-text"],
    ["<think>a</think><think>b</think><ask>c</ask>", "stray-text"],
    ["<ask> \n</ask>", "empty"],
    ["<diagnosis></diagnosis>", "empty"],
  ];
  for (const [text, reason] of examples) {
    test(`${JSON.stringify(text.slice(0, 40))}: ${reason}`, () => expect(parseMove(text)).toEqual(failure(reason)));
  }

  test("every reason has an example here and words of its own", () => {
    expect(new Set(examples.map(([, reason]) => reason))).toEqual(new Set(Object.keys(PARSE_FAILURES)));
  });
});

describe("read leniently", () => {
  const ask = (text: string) => ({ type: "ask", text });

  test("what fits is read as ever, and what holds no move stays a failure", () => {
    expect(parseMoveLeniently("<think>a <ask>b</ask></think><ask>c</ask>")).toEqual(ask("c"));
    expect(parseMoveLeniently("Do you cough?")).toEqual(failure("no-move"));
    expect(parseMoveLeniently("<ask> </ask>")).toEqual(failure("empty"));
    expect(parseMoveLeniently("")).toEqual(failure("no-move"));
  });

  test.each([
    ["stray text around it", "Well: <ask>a</ask> and so on", ask("a")],
    ["the first of many", "<ask>a</ask><examine>b</examine>", ask("a")],
    ["the first that is whole", "<ask></ask> <diagnosis>Flu</diagnosis>", { type: "diagnosis", ranked: ["Flu"] }],
    ["a tag that was left open", "Hm <ask>a", ask("a")],
    ["a tag that the next one ends", "<ask>a<ask>b</ask>", ask("a")],
    ["a tag that another closes", "<ask>a</examine>", ask("a")],
    ["a list that was cut off", "<diagnosis>\n1. Flu\n2. Co", { type: "diagnosis", ranked: ["Flu", "Co"] }],
    ["what stands in a thought, where nothing else does", "<think>so <ask>a</ask>", ask("a")],
    ["what stands outside of thoughts, before what is in them", "<think><ask>a</ask></think>x<ask>b</ask>", ask("b")],
  ])("finds %s", (_, text, move) => expect(parseMoveLeniently(text)).toEqual(move));
});

describe("parsing and writing", () => {
  const words = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
    .map((text) => text.trim())
    .filter((text) => text !== "" && withoutTags(text));
  // A name is one line, and begins with none of the marks of a list.
  const name = words
    .map((text) => text.replace(/[\r\n]/g, " ").trim())
    .filter((text) => text !== "" && !/^(\d{1,2}[.)]|[-*•])\s/.test(text));
  const anyMove = fc.oneof(
    fc.record({ type: fc.constantFrom("ask" as const, "examine" as const), text: words }),
    fc.record({
      type: fc.constant("diagnosis" as const),
      ranked: fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
    }),
  );
  const thought = fc.option(
    fc.string({ maxLength: 100 }).filter((text) => !text.includes("</think>")),
    { nil: undefined },
  );

  test("a move that is written is read back as it was, with any thought before it", () => {
    fc.assert(
      fc.property(anyMove, thought, (move, before) => {
        expect(parseMove(renderMove(move, before))).toEqual(move);
      }),
      { numRuns: 300 },
    );
  });

  test("no text makes the parser throw, and what it accepts is never empty", () => {
    const piece = fc.oneof(
      fc.constantFrom("<ask>", "</ask>", "<examine>", "</examine>", "<diagnosis>", "</diagnosis>", "<think>"),
      fc.constantFrom("</think>", "\n", "1. ", "- ", "<", ">", " "),
      fc.string({ maxLength: 8 }),
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parseMove(written);
        if (parsed.type === "parse-failure") expect(PARSE_FAILURES).toHaveProperty(parsed.reason);
        else if (parsed.type === "diagnosis") expect(parsed.ranked.every((line) => line.trim() !== "")).toBe(true);
        else expect(parsed.text.trim()).not.toBe("");
      }),
      { numRuns: 300 },
    );
  });

  test("hostile texts of full length are refused in no time", () => {
    const started = performance.now();
    for (const part of ["<ask>", "<think>", "</ask>", "<ask></ask>", "<diagnosis>\n", "1. ", " "]) {
      parseMove(part.repeat(Math.floor(20_000 / part.length)));
      parseMove(`<diagnosis>${part.repeat(Math.floor(19_000 / part.length))}</diagnosis>`);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
