/** The worked exchange of docs/diagnosis-api.md, sent to a server: what stands there is what comes back. `-u` renews it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedConversation } from "../../../apps/server/conversation.ts";
import { serving } from "../server/serving.ts";
import { base, core, lexicon } from "./starter.ts";

const PAGE = join(import.meta.dirname, "../../../docs/diagnosis-api.md");
const page = readFileSync(PAGE, "utf8");
const exchanges = [...page.matchAll(/```http\nPOST (\S+)\n\n([^`]+)```\n\n```json\n([^`]+)```/g)];
const WIDTH = 118;

test("the page shows each route that takes evidence or words", () => {
  const shown = new Set(exchanges.map(([, path]) => path));
  expect(shown).toEqual(new Set(["parse", "diagnosis", "suggest", "triage", "explain"].map((name) => `/v1/${name}`)));
});

test("each request of the page is answered as the page says", async () => {
  const conversation = servedConversation(base, core, { budget: 30, lexicon });
  const { url } = await serving({ conversation, audience: "clinician" });
  let renewed = page;
  for (const [block, path, body, shown] of exchanges) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url + path!, { method: "POST", headers, body: body! });
    const told = `${pretty(await response.json())}\n`;
    renewed = renewed.replace(block, () => block.replace(shown!, () => told));
  }
  await expect(renewed).toMatchFileSnapshot(PAGE);
});

/** JSON in as few lines as fit the page. */
function pretty(value: unknown, indent = ""): string {
  const flat = flatten(value);
  if ((indent + flat).length <= WIDTH || typeof value !== "object" || value === null) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((each) => inner + pretty(each, inner)).join(",\n")}\n${indent}]`;
  const members = Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${pretty(each, inner)}`);
  return `{\n${members.join(",\n")}\n${indent}}`;
}

function flatten(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flatten).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${flatten(each)}`);
  return `{ ${members.join(", ")} }`;
}
