/** A conversation whose understanding and phrasing are a language model's: what it adds, and what happens when it fails. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ConversationParts,
  graphTurn,
  languageModelPhraser,
  languageModelUnderstander,
  type MeterOptions,
  modelCaller,
  openChatModel,
  PHRASING_PROMPT,
  spendingMeter,
  UNDERSTANDING_PROMPT,
  type Understander,
} from "../../../agents/index.ts";
import { buildLexicon, replay } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { type ChatRequest, openaiServer, type ScriptedServer } from "../../fixtures/openai-server.ts";
import { conversation, embeddedParts } from "../conversation/talk.ts";

let server: ScriptedServer;
let parts: ConversationParts;
const partsWith = async (limits: MeterOptions = {}): Promise<ConversationParts> => {
  const lexicon = buildLexicon(clinic.findings);
  const model = await openChatModel({ model: "scripted", baseUrl: server.url, apiKey: "none" });
  const call = modelCaller({ model, timeout: 200, backoff: 5, meter: spendingMeter(limits) });
  return embeddedParts(clinic, {
    lexicon,
    understander: languageModelUnderstander({ lexicon, call }),
    phraser: languageModelPhraser({ base: clinic, lexicon, call }),
  });
};
beforeAll(async () => {
  server = await openaiServer();
  parts = await partsWith();
});
afterAll(() => server.close());

const understands = ({ messages }: ChatRequest): boolean => messages[0]!.content === UNDERSTANDING_PROMPT;
const report = (findings: readonly object[], intent = "answer"): string => JSON.stringify({ intent, findings });

describe("a model that works", () => {
  test("adds what the embedded part did not hear, as far as the words bear it out", async () => {
    const deaf: Understander = {
      name: "deaf",
      understand: async () => ({ intent: "answer", observed: [], corrections: [] }),
    };
    const model = await openChatModel({ model: "scripted", baseUrl: server.url, apiKey: "none" });
    const understander = languageModelUnderstander({
      lexicon: parts.lexicon,
      call: modelCaller({ model }),
      embedded: deaf,
    });
    server.play(() =>
      report([
        { finding: "cough", state: "present", quote: "coughing" },
        { finding: "fever", state: "present", quote: "fever" },
      ]),
    );
    const { observed } = await understander.understand("the dog and me, coughing since June", { known: new Map() });
    expect(observed).toEqual([{ finding: "cough", state: "present" }]);
  });

  test("words the question its own way", async () => {
    const reworded = (question: string): string =>
      `Thank you, and ${question.charAt(0).toLowerCase()}${question.slice(1)}`;
    server.play((request) => {
      if (understands(request)) return report([]);
      return {
        content: reworded((JSON.parse(request.messages[1]!.content) as { question: string }).question),
        between: 2,
      };
    });
    const { say, log } = conversation(parts);
    const told = await say("I have a cough");
    const asked = clinic.findings.find(({ id }) => id === replay(log.events).asked[0])!;
    expect(told.types).not.toContain("fell-back");
    expect(told.text).toBe(reworded(asked.question));
    expect(replay(log.events).spending).toMatchObject({ calls: 2, input: expect.any(Number) });
  });

  test("works in the graph too", async () => {
    server.play((request) => (understands(request) ? report([]) : "nonsense"));
    const { say } = conversation(parts, {}, { turn: await graphTurn() });
    expect((await say("I have a cough")).types).toContain("agent-asked");
  });

  test("has the person's words in the user role only, beside constant system words", async () => {
    server.play((request) => (understands(request) ? report([]) : "?"));
    const { say } = conversation(parts);
    await say("I have a cough and a zebra");
    const systems = new Set(
      server.requests.flatMap(({ messages }) =>
        messages.filter(({ role }) => role === "system").map(({ content }) => content),
      ),
    );
    expect([...systems].sort()).toEqual([PHRASING_PROMPT, UNDERSTANDING_PROMPT].sort());
  });
});

describe("a model that fails is stood in for, and the list says so", () => {
  test.each([
    ["slow", { content: "late", delay: 1_000 }, "model-timeout"],
    ["failing", { status: 500 }, "model-failed"],
    ["malformed", { content: "Hello, how can I help?" }, "bad-output"],
    ["broken", { content: report([]), breakAfter: 1 }, "model-failed"],
  ] as const)("%s", async (_, scripted, reason) => {
    server.play(() => scripted);
    const { say, log } = conversation(parts);
    const told = await say("I have a cough");
    const steps = told.types.filter((type) => type !== "model-called");
    expect(steps.slice(0, 3)).toEqual(["patient-said", "fell-back", "finding-observed"]);
    expect(log.events.find(({ type }) => type === "fell-back")).toMatchObject({ part: "understander", reason });
    expect(told.types.at(-1)).toBe("agent-asked");
    expect(told.text).toBe(clinic.findings.find(({ id }) => id === replay(log.events).asked[0])!.question);
  });

  test("out of budget", async () => {
    server.play(() => report([]));
    const { say, log } = conversation(await partsWith({ tokens: 10 }));
    await say("I have a cough");
    expect(
      log.events.filter(({ type }) => type === "fell-back").map((event) => event.type === "fell-back" && event.reason),
    ).toEqual(["over-budget", "over-budget"]);
    expect(server.requests.length).toBe(0);
  });
});

test("neither a refused message nor a crisis asks a model anything", async () => {
  server.play(() => report([]));
  const { say } = conversation(parts);
  await say("");
  await say("x".repeat(20_001));
  expect((await say("I want to kill myself")).types.at(-1)).toBe("handed-off");
  expect(server.requests.length).toBe(0);
});
