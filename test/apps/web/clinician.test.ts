/** The clinician's page in a real Chromium. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openChromium } from "../../fixtures/chromium.ts";
import { serving } from "../server/serving.ts";
import { dossier, type ScriptedQueue, scriptedQueue } from "./scripted-queue.ts";
import { type Visit, visit } from "./visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

async function attending(script: ScriptedQueue, options: BrowserContextOptions = {}): Promise<Visit> {
  const { url } = await serving({ audience: "clinician", endpoints: script.endpoints });
  const visited = await visit(browser, url, { reducedMotion: "reduce", ...options });
  await visited.page.goto(`${url}/clinician`);
  return visited;
}

const ticket = (page: Page, words: string) => page.getByRole("button", { name: words });

test("a consultation is opened, edited and saved", async () => {
  const script = scriptedQueue([
    dossier("a"),
    dossier("b", {
      age: 31,
      sex: "female",
      urgency: "emergency",
      redFlags: 1,
      end: "handed-off",
      reason: "a red flag",
      complaint: "crushing chest pain",
    }),
  ]);
  const visited = await attending(script);
  const { page } = visited;
  await ticket(page, "31 years, female").click();
  await page.getByRole("heading", { name: "31 years, female" }).waitFor();
  await visited.screenshot("clinician-dossier");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Plan").fill("Seen today on the ward.");
  await page.getByRole("button", { name: "Move up Influenza" }).click();
  await visited.screenshot("clinician-editing");
  await page.getByRole("button", { name: "Save edits" }).click();
  await visited.screenshot("clinician-asking");
  await page.getByRole("dialog").getByRole("button", { name: "Save edits" }).click();
  await page.getByText("Edited by ward-3").first().waitFor();
  await visited.screenshot("clinician-decided");
  expect(script.reviews).toMatchObject([{ decision: "edited", summary: { plan: "Seen today on the ward." } }]);
  expect(visited.faults).toEqual([]);
});
