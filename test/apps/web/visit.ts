/** A visit to the page with a real Chromium: what one does there, what came over the line, and what went wrong in it. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { onTestFinished, vi } from "vitest";

export interface Visit {
  readonly page: Page;
  /** What the server told over WebSockets. */
  readonly frames: readonly string[];
  /** Errors on the console, exceptions, and requests to other places than the server: all that should not be. */
  readonly faults: readonly string[];
  begin(person?: { readonly age?: number; readonly sex?: "Female" | "Male" }): Promise<void>;
  /** Types, sends, and waits until it is answered. */
  say(text: string): Promise<void>;
  /** Chooses the first suggestion, whatever it is, and waits until it is answered. */
  chooseFirst(): Promise<void>;
  /** Chooses the last suggestion, "Not sure", until the conversation ends. */
  finish(): Promise<void>;
  /** What axe finds wrong, one line each. */
  violations(): Promise<string[]>;
  screenshot(name: string): Promise<void>;
}

const SCREENSHOTS = join(import.meta.dirname, "../../../artifacts/screenshots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Opens the page; the visit is over with the test. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const frames: string[] = [];
  const faults: string[] = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) faults.push(request.url());
  });
  // Chromium does not put all that the policy forbids on the console.
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      console.error(`${violatedDirective} ${blockedURI}`),
    );
  });
  await page.goto(url);

  const accepted = () => frames.filter((frame) => frame.includes('"type":"accepted"')).length;
  const answered = async (act: () => Promise<void>): Promise<void> => {
    const before = accepted();
    await act();
    await vi.waitUntil(() => accepted() > before, { timeout: 10_000, interval: 10 });
    await page.locator(".pending, .agent[aria-hidden]").waitFor({ state: "detached" });
  };
  const suggestions = page.getByRole("group", { name: "Suggested answers" }).getByRole("button");
  return {
    page,
    frames,
    faults,
    async begin({ age, sex } = {}) {
      if (age !== undefined) await page.getByLabel("Age in years").fill(String(age));
      if (sex) await page.getByRole("radio", { name: sex, exact: true }).check();
      await page.getByRole("checkbox").check();
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByRole("textbox", { name: "Your answer" }).waitFor();
    },
    say: (text) =>
      answered(async () => {
        await page.getByRole("textbox", { name: "Your answer" }).fill(text);
        await page.getByRole("button", { name: "Send" }).click();
      }),
    chooseFirst: () => answered(() => suggestions.first().click()),
    async finish() {
      while ((await page.getByText("This conversation has ended.").count()) === 0)
        await answered(() => suggestions.last().click());
    },
    async violations() {
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate(
        // In the page, where axe now is.
        () => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      if (passes.length < 10) throw new Error("axe hardly found anything to look at");
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    },
    async screenshot(name) {
      await page.screenshot({ animations: "disabled", path: join(SCREENSHOTS, `${name}.png`) });
    },
  };
}
