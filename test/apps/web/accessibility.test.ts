/** The web page for everybody: axe in every state, light and dark; by keyboard alone; on a page 360 pixels wide. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { openChromium } from "../../fixtures/chromium.ts";
import { serving } from "../server/serving.ts";
import { type Visit, visit } from "./visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const COUGH = "I have had a cough and a fever of 39 for three days";
const HEART = "crushing chest pain going into my left arm and I am sweating";

/** What has the focus: its role or tag, and its words. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { tagName, id, textContent } = document.activeElement!;
    return `${tagName.toLowerCase()} ${id || textContent}`.trim();
  });

describe.each(["light", "dark"] as const)("axe finds nothing in the %s page", (colorScheme) => {
  const open = async (options: Parameters<typeof serving>[0] = {}, width = 1280): Promise<Visit> =>
    visit(browser, (await serving(options)).url, {
      colorScheme,
      // Colours are judged where they come to rest.
      reducedMotion: "reduce",
      viewport: { width, height: 800 },
    });

  test("at the start", async () => {
    const { page, violations, screenshot } = await open();
    await page.getByRole("button", { name: "Begin" }).waitFor();
    expect(await violations()).toEqual([]);
    await screenshot(`start-${colorScheme}`);
  });

  test("that asks for a token", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "page-")), "tokens.json");
    await addToken(file, "ward-3", "clinician");
    const { page, violations } = await open({ tokens: await readTokenFile(file) });
    await page.getByLabel("Access token").fill("not-a-token");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await violations()).toEqual([]);
  });

  test("at a question, with the reason for it shown", async () => {
    const { page, begin, say, violations } = await open();
    await begin({ age: 54 });
    await say(COUGH);
    await page.getByRole("button", { name: "Why this question?" }).focus();
    expect(await violations()).toEqual([]);
  });

  test("at a red flag", async () => {
    const { begin, say, violations, screenshot } = await open();
    await begin({ age: 54 });
    await say(HEART);
    expect(await violations()).toEqual([]);
    await screenshot(`red-flag-${colorScheme}`);
  });

  test("at the conclusion, and before a conversation is deleted", async () => {
    const { page, begin, say, finish, violations } = await open();
    await begin({ age: 54 });
    await say(COUGH);
    await finish();
    expect(await violations()).toEqual([]);
    await page.getByRole("button", { name: "Delete this conversation" }).click();
    expect(await violations()).toEqual([]);
  });

  test("of a clinician", async () => {
    const { begin, say, chooseFirst, violations } = await open({ audience: "clinician" });
    await begin({ age: 54 });
    await say(COUGH);
    await chooseFirst();
    expect(await violations()).toEqual([]);
  });

  test("that is 360 pixels wide, where nothing scrolls sideways", async () => {
    const { page, begin, say, finish, violations, screenshot } = await open({ audience: "clinician" }, 360);
    const fits = async (): Promise<void> => {
      const sideways = await page.evaluate(() =>
        [...document.querySelectorAll("*")]
          .filter((element) => element.matches("html, body") || getComputedStyle(element).overflowX === "auto")
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ tagName, className }) => `${tagName} ${className}`),
      );
      expect(sideways).toEqual([]);
    };
    await fits();
    await screenshot(`narrow-${colorScheme}-start`);
    await begin({ age: 54 });
    await say(`${COUGH}. ${"ohmygoodness".repeat(8)}`);
    await page.getByRole("button", { name: "Why this question?" }).focus();
    await fits();
    expect(await violations()).toEqual([]);
    await screenshot(`narrow-${colorScheme}-question`);
    expect(await page.getByRole("heading", { name: "Differential" }).isVisible()).toBe(false);
    await page.getByRole("button", { name: "Summary" }).click();
    expect(await page.getByRole("heading", { name: "Differential" }).isVisible()).toBe(true);
    await fits();
    expect(await violations()).toEqual([]);
    await screenshot(`narrow-${colorScheme}-summary`);
    await page.getByRole("button", { name: "Summary" }).click();
    await finish();
    await fits();
    await screenshot(`narrow-${colorScheme}-conclusion`);
  });
});

test("a conversation is held by keyboard alone, and the focus is never lost", async () => {
  const visited = await visit(browser, (await serving()).url);
  const { page } = visited;
  const { keyboard } = page;
  await page.getByRole("button", { name: "Begin" }).waitFor();
  const tabTo = async (wanted: string | RegExp): Promise<void> => {
    for (let tabs = 0; tabs < 12 && !(await focused(page)).match(wanted); tabs++) await keyboard.press("Tab");
    expect(await focused(page)).toMatch(wanted);
  };
  await tabTo("input age");
  await keyboard.type("54");
  await keyboard.press("Tab");
  await keyboard.press("ArrowLeft");
  expect(await page.getByRole("radio", { name: "Male", exact: true }).isChecked()).toBe(true);
  await keyboard.press("Tab");
  await keyboard.press("Space");
  await tabTo("button Begin");
  await keyboard.press("Enter");
  await page.getByRole("log").waitFor();
  expect(await focused(page)).toBe("textarea answer");
  await keyboard.type("I have had a cough for 3 days");
  await keyboard.press("Enter");
  await page.locator(".suggestion").first().waitFor();
  expect(await focused(page)).toBe("textarea answer");

  await keyboard.press("ArrowUp");
  expect(await focused(page)).toMatch(/^button 1/);
  await keyboard.press("ArrowRight");
  expect(await focused(page)).toMatch(/^button 2/);
  const asked = await page.locator(".agent").count();
  await keyboard.press("1");
  await page.locator(".agent").nth(asked).waitFor();
  await page.locator(".suggestion").first().waitFor();
  expect(await focused(page)).toMatch(/^fieldset/);
  while ((await page.getByText("This conversation has ended.").count()) === 0) {
    const before = await page.locator(".person").count();
    await keyboard.press(String(await page.locator(".suggestion").count()));
    await page.locator(".person").nth(before).waitFor();
    await page.locator(".pending, .agent[aria-hidden]").waitFor({ state: "detached" });
  }
  await page.getByRole("region", { name: "What to do next" }).waitFor();
  expect(await focused(page)).toBe("div answer");
  await keyboard.press("Tab");
  expect(await focused(page)).toBe("button New conversation");
});

test("the skip link leads to the answer, and the log can be scrolled by keyboard", async () => {
  const { page, begin, say } = await visit(browser, (await serving()).url);
  await begin();
  await say(COUGH);
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  expect(await focused(page)).toBe("textarea answer");
  expect(await page.getByRole("log").getAttribute("tabindex")).toBe("0");
});
