/** The clinician's page for everybody: axe in every state, light and dark; by keyboard alone; 360 pixels wide. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromium } from "../../fixtures/chromium.ts";
import { receiver, SECRET } from "../handover/ward.ts";
import { agree, attending, coughing, focused, inPain, starterWard } from "./attending.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const PAIN = "61 years, female";
const COUGHER = "54 years, male";

const sideways = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter(
        (element) => element.matches("html, body, main, dialog") || /auto/.test(getComputedStyle(element).overflowX),
      )
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName, className }) => `${tagName} ${className}`),
  );

describe.each(["light", "dark"] as const)("in the %s page", (colorScheme) => {
  test.each([1280, 360])("axe finds nothing at %i pixels, and nothing scrolls sideways", async (width) => {
    const { url } = await receiver((_, response) => void response.writeHead(500).end());
    const at = await starterWard({ handover: { webhook: { url, secret: SECRET, name: "records" }, schedule: [1] } });
    const { page, open, violations, screenshot, faulty } = await attending(browser, at, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    const isFine = async (name: string): Promise<void> => {
      expect(await violations()).toEqual([]);
      expect(await sideways(page)).toEqual([]);
      await screenshot(`queue-${colorScheme}-${width}-${name}`);
    };
    await page.getByText("Nobody waits.").waitFor();
    await isFine("empty");
    const consultation = await coughing(at);
    await at.consulted([`I have a headache. ${"ohmygoodness".repeat(8)}`, "no", "no", "no", "no", "no", "no"]);
    await inPain(at);
    await page.getByRole("heading", { name: "Waiting (3)" }).waitFor();
    await page.getByRole("heading", { name: /Not delivered/ }).waitFor();
    await isFine("list");
    await open(PAIN);
    await page.getByText("Transcript").click();
    await isFine("dossier");
    await page.getByRole("button", { name: "Confirm" }).click();
    await agree(page, "Confirm");
    await page.getByText("Confirmed by dr-grey").first().waitFor();
    await isFine("decided");

    await open("Age and sex not told");
    await page.getByRole("button", { name: "Return to the person" }).click();
    await isFine("return");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("button Return to the person");

    await open(COUGHER);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Plan").fill("To be seen tomorrow.");
    await page.getByRole("button", { name: "Leave out Pneumonia" }).click();
    await isFine("editing");
    const { seq } = await at.dossier(consultation);
    await at.review(consultation, { seq, decision: "confirmed" }, "dr-house");
    await page.getByText("dr-house confirmed it").waitFor();
    await isFine("conflict");
    expect(faulty()).toEqual([]);
  });
});

test("a consultation is edited and saved by keyboard alone, and the focus is never lost", async () => {
  const at = await starterWard();
  const consultation = await coughing(at);
  const { page, faulty } = await attending(browser, at);
  const { keyboard } = page;
  const tabTo = async (wanted: string, key = "Tab"): Promise<void> => {
    for (let tabs = 0; tabs < 60 && (await focused(page)) !== wanted; tabs++) await keyboard.press(key);
    expect(await focused(page)).toBe(wanted);
  };
  const has = async (): Promise<boolean> => page.evaluate(() => document.activeElement !== document.body);
  await page.getByRole("heading", { name: "Waiting (1)" }).waitFor();
  await keyboard.press("Tab");
  expect(await focused(page)).toBe("a Skip to the dossier");
  for (let tabs = 0; tabs < 3 && !(await focused(page)).includes(COUGHER); tabs++) await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: COUGHER }).waitFor();
  expect(await focused(page)).toBe(`h1 ${COUGHER}`);
  await tabTo("button Edit");
  await keyboard.press("Enter");
  expect(await has()).toBe(true);
  await keyboard.press("e");
  const before = Object.values((await at.dossier(consultation)).differential.conditions).map(({ name }) => name);

  await tabTo(`button Move down ${before[0]}`);
  await keyboard.press("Enter");
  expect(await focused(page)).toBe(`button Move down ${before[0]}`);
  await page.getByRole("status").getByText(`${before[0]} is now 2 of`).waitFor();
  await keyboard.press("Enter");
  await page.getByRole("status").getByText(`${before[0]} is now 3 of`).waitFor();
  await tabTo(`button Leave out ${before.at(-1)}`);
  await keyboard.press("Space");
  expect(await focused(page)).toBe(`button Leave out ${before.at(-2)}`);
  await page
    .getByRole("status")
    .getByText(`${before.at(-1)} is left out.`)
    .waitFor();
  await keyboard.press("Tab");
  await keyboard.type("Acute sin");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.getByRole("status").getByText("Acute sinusitis is added").waitFor();
  expect(await has()).toBe(true);

  await tabTo("button Save edits");
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await keyboard.press("Escape");
  expect(await focused(page)).toBe("button Save edits");
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.getByText("Edited by dr-grey").first().waitFor();
  expect(await focused(page)).toBe("section Decision");
  const ranked = Object.values((await at.dossier(consultation)).differential.conditions).map(({ name }) => name);
  expect(ranked.slice(0, 3)).toEqual([before[1], before[2], before[0]]);
  expect(ranked).not.toContain(before.at(-1));
  expect(faulty()).toEqual([]);
});

test("on a narrow page the dossier lies below the queue, with a way back", async () => {
  const at = await starterWard();
  await coughing(at);
  const { page, open } = await attending(browser, at, { viewport: { width: 360, height: 800 } });
  await open(COUGHER);
  expect(
    await page.getByRole("heading", { level: 1, name: COUGHER }).evaluate((h1) => h1.getBoundingClientRect().top),
  ).toBeLessThan(800);
  await page.getByRole("link", { name: "Back to the queue" }).click();
  expect(await focused(page)).toBe("aside Queue");
});
