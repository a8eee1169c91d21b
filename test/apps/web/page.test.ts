/** The web page in a real Chromium, with the real server behind it. Screenshots go to `artifacts/screenshots`. */
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { openChromium } from "../../fixtures/chromium.ts";
import { proxyTo } from "../client/proxy.ts";
import { conversation, serving } from "../server/serving.ts";
import { type Visit, visit } from "./visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const COUGH = "I have had a cough and a fever of 39 for three days";
const HEART = "crushing chest pain going into my left arm and I am sweating";

const logOf = ({ page }: Visit) => page.getByRole("log", { name: "What was said" });
const textOf = ({ page }: Visit) => page.locator("body").innerText();

describe("a conversation", () => {
  test("is held by typing and by buttons, from consent to what to do next", async () => {
    const visited = await visit(browser, (await serving()).url);
    const { page, begin, say, chooseFirst } = visited;
    await page.getByRole("button", { name: "Begin" }).click();
    expect(await page.getByRole("textbox", { name: "Your answer" }).count()).toBe(0);

    await begin({ age: 54, sex: "Male" });
    expect(await logOf(visited).innerText()).toContain("Please tell me in a few words what troubles you most.");
    await say(COUGH);
    expect(await logOf(visited).innerText()).toContain(COUGH);
    const summary = page.getByRole("complementary", { name: "Summary" });
    expect(await summary.innerText()).toContain("54 years, male");
    expect(await summary.getByText("39 °C").count()).toBe(1);
    await chooseFirst();
    await say("no");
    await visited.finish();

    const outcome = page.getByRole("region", { name: "What to do next" });
    expect(await outcome.innerText()).toContain("This is not a diagnosis and not medical advice.");
    expect(await page.getByRole("textbox").count()).toBe(0);
    await visited.screenshot("patient-conclusion");
    expect(visited.faults).toEqual([]);
  });

  test("shows the agent's words while they come", async () => {
    let goOn = (): void => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow: typeof conversation = {
      ...conversation,
      async *turn(...given) {
        for await (const output of conversation.turn(...given)) {
          if (output.type === "text") {
            yield { type: "text", delta: output.delta.slice(0, 7) };
            await gate;
            yield { type: "text", delta: output.delta.slice(7) };
          } else yield output;
        }
      },
    };
    const visited = await visit(browser, (await serving({ conversation: slow })).url);
    await visited.begin();
    const said = visited.say(COUGH);
    const coming = visited.page.locator(".agent[aria-hidden]");
    await coming.waitFor();
    expect((await coming.innerText()).length).toBe(7);
    expect(await visited.page.locator(".suggestion").count()).toBe(0);
    goOn();
    await said;
    expect(await visited.page.locator(".suggestion").count()).toBeGreaterThan(0);
  });

  test("tells why a question is asked on hover and on focus, until Escape", async () => {
    const { page, begin, say, screenshot } = await visit(browser, (await serving()).url);
    await begin();
    await say(COUGH);
    const why = page.getByRole("button", { name: "Why this question?" });
    const tooltip = page.getByRole("tooltip");
    expect(await tooltip.isVisible()).toBe(false);
    await why.hover();
    expect(await tooltip.isVisible()).toBe(true);
    await screenshot("patient-purpose");
    await page.mouse.move(0, 0);
    expect(await tooltip.isVisible()).toBe(false);
    await why.focus();
    expect(await tooltip.isVisible()).toBe(true);
    const described = await why.getAttribute("aria-describedby");
    expect(await tooltip.getAttribute("id")).toBe(described);
    expect(await tooltip.innerText()).toMatch(/\w+ \w+ \w+/);
    await page.keyboard.press("Escape");
    expect(await tooltip.isVisible()).toBe(false);
  });

  test("stops at a red flag, with an alert and the emergency number to call", async () => {
    const visited = await visit(browser, (await serving()).url);
    const { page } = visited;
    await visited.begin({ age: 54 });
    await visited.say(HEART);
    const alert = page.getByRole("alert");
    expect(await alert.innerText()).toContain("can be a heart attack");
    expect(await alert.getByRole("link", { name: "Call 112" }).getAttribute("href")).toBe("tel:112");
    expect(await page.getByRole("textbox").count()).toBe(0);
    await visited.screenshot("red-flag");
    expect(visited.faults).toEqual([]);
  });

  test("goes on after a reload where it was", async () => {
    const visited = await visit(browser, (await serving()).url);
    const { page } = visited;
    await visited.begin({ age: 30 });
    await visited.say(COUGH);
    await visited.chooseFirst();
    const before = await logOf(visited).innerText();
    const suggestions = await page.locator(".suggestion").allInnerTexts();
    await page.reload();
    await page.locator(".suggestion").first().waitFor();
    expect(await logOf(visited).innerText()).toBe(before);
    expect(await page.locator(".suggestion").allInnerTexts()).toEqual(suggestions);
    await visited.finish();
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain("cough");
  });

  test("survives the loss of the connection: it says so, and loses and doubles nothing", async () => {
    const { url } = await serving();
    const proxy = await proxyTo(url);
    const visited = await visit(browser, proxy.url);
    const { page } = visited;
    await visited.begin();
    await visited.say(COUGH);
    proxy.leadTo("http://127.0.0.1:9");
    proxy.cut();
    await page.getByText("The connection was lost and is being restored.").waitFor();
    await visited.screenshot("connection-lost");
    await page.getByRole("textbox", { name: "Your answer" }).fill("also a headache");
    await page.keyboard.press("Enter");
    proxy.leadTo(url);
    await page.getByText("The connection was lost").waitFor({ state: "detached" });
    await page.getByRole("complementary").getByText("headache", { exact: true }).waitFor();
    expect((await logOf(visited).innerText()).split("also a headache")).toHaveLength(2);
    expect((await logOf(visited).innerText()).split(COUGH)).toHaveLength(2);
    await visited.finish();
  });

  test("tells what the server refused, with advice, and offers to send it again", async () => {
    const { page, begin } = await visit(browser, (await serving({ limits: { events: 2 } })).url);
    await begin();
    await page.getByRole("textbox", { name: "Your answer" }).fill(COUGH);
    await page.keyboard.press("Enter");
    await page.getByText("Open a new consultation.").waitFor();
    expect(await page.getByText("Not sent").count()).toBe(1);
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByText("Open a new consultation.").waitFor();
    expect(await page.getByText(COUGH).count()).toBe(1);
  });

  test("can be downloaded as text and as JSON", async () => {
    const visited = await visit(browser, (await serving()).url);
    const { page } = visited;
    await visited.begin({ age: 54 });
    await visited.say(COUGH);
    const downloaded = async (name: string): Promise<{ name: string; content: string }> => {
      const waited = page.waitForEvent("download");
      await page.getByRole("button", { name }).click();
      const download = await waited;
      return { name: download.suggestedFilename(), content: await readFile(await download.path(), "utf8") };
    };
    const text = await downloaded("Download as text");
    expect(text.name).toMatch(/^anamnesis-[\w-]+\.txt$/);
    expect(text.content).toContain(`You: ${COUGH}`);
    expect(text.content).toContain("(understood: body temperature: 39 °C)");
    const json = await downloaded("Download as JSON");
    expect(json.name).toMatch(/\.json$/);
    expect(JSON.parse(json.content).messages.map(({ type }: { type: string }) => type)).toContain("question");
    expect(visited.faults).toEqual([]);
  });

  test("can be deleted: the server forgets it, and the page begins anew", async () => {
    const { url } = await serving();
    const visited = await visit(browser, url);
    const { page } = visited;
    await visited.begin();
    await visited.say(COUGH);
    const consultation = await page.evaluate(() => sessionStorage.getItem("anamnesis.consultation"));
    await page.getByRole("button", { name: "Delete this conversation" }).click();
    await visited.screenshot("delete");
    await page.keyboard.press("Escape");
    expect((await fetch(`${url}/v1/consultations/${consultation}/transcript`)).status).toBe(200);
    await page.getByRole("button", { name: "Delete this conversation" }).click();
    await page.getByRole("button", { name: "Delete it" }).click();
    await page.getByText("That conversation is no longer on the server.").waitFor();
    expect((await fetch(`${url}/v1/consultations/${consultation}/transcript`)).status).toBe(404);
    expect(await page.evaluate(() => sessionStorage.getItem("anamnesis.consultation"))).toBeNull();
    await page.getByRole("button", { name: "Begin" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    expect(visited.faults).toEqual([]);
  });

  test("that was deleted elsewhere is left for a new one, also after a reload", async () => {
    const { url } = await serving();
    const visited = await visit(browser, url);
    const { page } = visited;
    await visited.begin();
    const consultation = await page.evaluate(() => sessionStorage.getItem("anamnesis.consultation"));
    await fetch(`${url}/v1/consultations/${consultation}`, { method: "DELETE" });
    const gone = page.getByText("That conversation is no longer on the server.");
    await gone.waitFor();
    await page.evaluate((id) => sessionStorage.setItem("anamnesis.consultation", id!), consultation);
    await page.reload();
    await gone.waitFor();
    await visited.begin();
  });

  test("with somebody in despair ends with fixed words and a number to call", async () => {
    const visited = await visit(browser, (await serving()).url);
    await visited.begin();
    await visited.say("I want to kill myself");
    const { page } = visited;
    expect(await page.getByRole("region", { name: "Please talk to somebody" }).innerText()).toContain(
      "do not stay alone",
    );
    expect(await page.getByRole("link", { name: "Call 112" }).count()).toBe(1);
    expect(await page.getByRole("textbox").count()).toBe(0);
    await visited.screenshot("despair");
  });
});

describe("the audience", () => {
  test("clinician sees the differential: its bars move with the answers, each with evidence", async () => {
    const visited = await visit(browser, (await serving({ audience: "clinician" })).url);
    const { page } = visited;
    await visited.begin({ age: 54, sex: "Male" });
    await visited.say(COUGH);
    const shares = () =>
      page
        .locator(".condition")
        .evaluateAll((rows) =>
          rows.map((row) => [
            row.querySelector(".condition__name")!.textContent,
            Number((row.querySelector(".condition__bar") as HTMLElement).style.getPropertyValue("--share")),
          ]),
        ) as Promise<[string, number][]>;
    const before = await shares();
    expect(before.map(([, share]) => share)).toEqual(before.map(([, share]) => share).toSorted((a, b) => b - a));
    expect(await page.locator(".condition__share").first().innerText()).toMatch(/^\d+ %$/);
    const bar = page.locator(".condition__bar").first();
    expect(await bar.evaluate((element) => getComputedStyle(element, "::before").transitionDuration)).toBe("0.7s");
    await visited.chooseFirst();
    expect(await shares()).not.toEqual(before);

    const leading = page.locator(".condition").first();
    expect(await leading.getByRole("heading", { name: "For" }).isVisible()).toBe(true);
    expect(await leading.locator(".evidence__factor").first().innerText()).toMatch(/^× \d/);
    await visited.screenshot("clinician");
    await page.getByRole("button", { name: "Dark mode" }).click();
    await visited.screenshot("clinician-dark");
    const second = page.locator(".condition").nth(1).getByRole("button");
    await second.click();
    expect(await second.getAttribute("aria-expanded")).toBe("true");
    expect(await leading.getByRole("heading", { name: "For" }).isVisible()).toBe(false);
    await second.click();
    expect(visited.faults).toEqual([]);
  });

  test("patient is shown no probability, and the page is sent none", async () => {
    const visited = await visit(browser, (await serving()).url);
    await visited.begin({ age: 54, sex: "Male" });
    await visited.say(COUGH);
    await visited.chooseFirst();
    await visited.finish();
    expect(await textOf(visited)).not.toMatch(/%|probab|differential/i);
    expect(visited.frames.length).toBeGreaterThan(10);
    for (const frame of visited.frames) expect(frame).not.toMatch(/probab|differential|weight/i);
  });

  test("that motion troubles has none", async () => {
    const { url } = await serving({ audience: "clinician" });
    const visited = await visit(browser, url, { reducedMotion: "reduce" });
    await visited.begin();
    await visited.say(COUGH);
    const bar = visited.page.locator(".condition__bar").first();
    expect(await bar.evaluate((element) => getComputedStyle(element, "::before").transitionDuration)).toBe("0s");
  });
});

test("a server with tokens is entered with one, which stays in the tab", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "page-")), "tokens.json");
  const token = await addToken(file, "ward-3", "clinician");
  const visited = await visit(browser, (await serving({ tokens: await readTokenFile(file) })).url);
  const { page } = visited;
  await page.getByLabel("Access token").fill("not-a-token");
  await visited.screenshot("access");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("did not accept this token").waitFor();
  await page.getByLabel("Access token").fill(token);
  await page.keyboard.press("Enter");
  await visited.begin();
  await visited.say(COUGH);
  expect(await page.locator(".condition").count()).toBeGreaterThan(1);
  await page.reload();
  await page.locator(".condition").first().waitFor();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(token);
  // Chromium itself writes the refusals of the server to the console.
  expect(visited.faults.filter((fault) => !fault.includes("401"))).toEqual([]);
});

test("light and dark follow the system, until they are chosen", async () => {
  const visited = await visit(browser, (await serving()).url, { colorScheme: "dark" });
  const { page } = visited;
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  const toggle = page.getByRole("button", { name: "Dark mode" });
  expect(await toggle.getAttribute("aria-pressed")).toBe("true");
  await visited.begin({ age: 54 });
  await visited.say(COUGH);
  await visited.screenshot("patient-dark");
  await toggle.click();
  const light = await paper();
  expect(light).not.toBe(dark);
  await page.reload();
  expect(await paper()).toBe(light);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await paper()).toBe(light);
});
