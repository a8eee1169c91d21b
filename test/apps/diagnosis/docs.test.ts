/** The worked exchange of docs/diagnosis-api.md, sent to a server: what stands there is what comes back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedConversation } from "../../../apps/server/conversation.ts";
import { serving } from "../server/serving.ts";
import { base, core, lexicon } from "./starter.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/diagnosis-api.md"), "utf8");
const exchanges = [...page.matchAll(/```http\nPOST (\S+)\n\n([^`]+)```\n\n```json\n([^`]+)```/g)];

test("the page shows each route that takes evidence or words", () => {
  const shown = new Set(exchanges.map(([, path]) => path));
  expect(shown).toEqual(new Set(["parse", "diagnosis", "suggest", "triage", "explain"].map((name) => `/v1/${name}`)));
});

test("each request of the page is answered as the page says", async () => {
  const conversation = servedConversation(base, core, { budget: 30, lexicon });
  const { url } = await serving({ conversation, audience: "clinician" });
  for (const [, path, body, answer] of exchanges) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url + path!, { method: "POST", headers, body: body! });
    expect(await response.json()).toEqual(JSON.parse(answer!));
  }
});
