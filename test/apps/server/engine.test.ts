/** A server whose turns LangGraph runs, and one whose words a language model understands and writes. */
import { Redis } from "ioredis";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { bayesAgent, modelCaller, openChatModel, spendingMeter, UNDERSTANDING_PROMPT } from "../../../agents/index.ts";
import { type ServedOptions, servedConversation } from "../../../apps/server/conversation.ts";
import { openEngine } from "../../../apps/server/engine.ts";
import { modelParts } from "../../../apps/server/model-parts.ts";
import { openStore, storeSpec } from "../../../apps/server/stores/open.ts";
import { type AgentCore, buildLexicon } from "../../../src/index.ts";
import { openaiServer } from "../../fixtures/openai-server.ts";
import { redisServer } from "../../fixtures/redis-server.ts";
import { type Client, opened } from "./client.ts";
import { base, serving } from "./serving.ts";

const redis = await redisServer();
afterAll(() => redis?.end());
const core = bayesAgent(base) as AgentCore;
const lexicon = buildLexicon(base.findings);
const conversationWith = (options: Partial<ServedOptions>) =>
  servedConversation(base, core, { budget: 6, lexicon, ...options });
const TALK = ["I have a cough and a runny nose", "no", "why do you ask?", "yes", "since yesterday"];
const ITS_OWN = ["opened", "accepted", "text-delta"];
const told = (client: Client) => client.messages.filter(({ type }) => !ITS_OWN.includes(type));

async function talked(url: string): Promise<{ client: Client; consultation: string }> {
  const { client, consultation } = await opened(url);
  for (const text of TALK) await client.say(text);
  return { client, consultation };
}

async function engineFor(store: string) {
  const engine = await openEngine("langgraph", storeSpec(store));
  onTestFinished(() => engine.close());
  return engine;
}

describe("the LangGraph engine", () => {
  test("says over the wire what the loop says", async () => {
    const loop = await talked((await serving({ conversation: conversationWith({}) })).url);
    const engine = await engineFor("memory");
    const graph = await talked((await serving({ conversation: conversationWith({ engine }) })).url);
    expect(told(graph.client)).toEqual(told(loop.client));
  });

  test.skipIf(!redis)(
    "keeps its checkpoints in the store's Redis, and deleting a consultation deletes them",
    async () => {
      const engine = await engineFor(redis!.url);
      const store = await openStore(redis!.url);
      const { url } = await serving({ conversation: conversationWith({ engine }), store });
      const { consultation } = await talked(url);
      const client = new Redis(redis!.url);
      onTestFinished(() => client.disconnect());
      const kept = async () => (await client.keys("*")).filter((key) => key.includes(consultation));
      expect((await kept()).some((key) => key.startsWith("anamnesis:graph"))).toBe(true);
      expect((await fetch(`${url}/v1/consultations/${consultation}`, { method: "DELETE" })).status).toBe(204);
      expect(await kept()).toEqual([]);
      expect(JSON.stringify(await client.zrange("anamnesis:graph:threads", 0, "-1"))).not.toContain(consultation);
    },
  );
});

describe("a model that understands and phrases", () => {
  test("is named in the versions, and each call is told to clinicians with its price", async () => {
    const scripted = await openaiServer((request) =>
      request.messages[0]!.content === UNDERSTANDING_PROMPT
        ? JSON.stringify({ intent: "answer", findings: [] })
        : (JSON.parse(request.messages[1]!.content) as { question: string }).question,
    );
    onTestFinished(() => scripted.close());
    const model = await openChatModel({ model: "small", baseUrl: scripted.url, apiKey: "none" });
    const call = modelCaller({ model, meter: spendingMeter({ price: { input: 1, output: 4 } }) });
    const parts = modelParts(["understand", "phrase"], { base, lexicon, call });
    const { url } = await serving({
      audience: "clinician",
      conversation: conversationWith({ parts, versions: { model: "small" } }),
    });
    const { client, consultation } = await opened(url);
    await client.say("I have a cough");
    const calls = client.all("model-called");
    expect(calls.map(({ part }) => part)).toEqual(["understander", "phraser"]);
    expect(calls.every(({ input, output, cost }) => cost === (input + 4 * output) / 1e6 && cost > 0)).toBe(true);
    const transcript = await (await fetch(`${url}/v1/consultations/${consultation}/transcript`)).json();
    expect(transcript.events[0].event.versions).toMatchObject({
      understander: "language-model",
      phraser: "language-model",
      model: "small",
    });
  });
});
