/** The clinician's page in a real Chromium: people on one side of a real server, a clinician on the other. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromium } from "../../fixtures/chromium.ts";
import { CRISIS, receiver, SECRET, until } from "../handover/ward.ts";
import { agree, attending, COUGH, coughing, focused, inPain, starterWard, ticketOf } from "./attending.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const PAIN = "61 years, female";
const COUGHER = "54 years, male";

describe("a consultation that ended", () => {
  test("is read and confirmed, moves to those decided, and leads to the next", async () => {
    const at = await starterWard();
    await coughing(at);
    await inPain(at);
    const { page, open, screenshot, faulty } = await attending(browser, at);
    expect(await ticketOf(page, PAIN).innerText()).toMatch(
      /Emergency, ambulance\s+2 red flags[\s\S]*crushing chest pain/,
    );
    await open(PAIN);
    expect(await focused(page)).toBe(`h1 ${PAIN}`);
    for (const part of ["Subjective", "Objective", "Assessment", "Plan"])
      expect(await page.getByRole("heading", { level: 3, name: part }).count()).toBe(1);
    expect(await page.locator(".dossier__disclaimer").innerText()).toContain("not a diagnosis");
    await page.getByText("Transcript").click();
    expect(await page.locator(".told__line[data-kind='red-flag']").count()).toBeGreaterThan(0);
    await screenshot("queue-transcript");
    await page.getByLabel("Note").fill("called the ward");
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("The person is not told; a connected system is.").waitFor();
    await screenshot("queue-confirm");
    await agree(page, "Confirm");
    await page.getByText("Confirmed by dr-grey, just now. Note: called the ward").waitFor();
    expect(await focused(page)).toBe("section Decision");
    await page.getByRole("heading", { name: "Decided (1)" }).waitFor();
    await screenshot("queue-confirmed");
    await page.getByRole("button", { name: "Next that waits" }).click();
    await page.getByRole("heading", { level: 1, name: COUGHER }).waitFor();
    expect(await focused(page)).toBe(`h1 ${COUGHER}`);
    const { decided } = await at.queue();
    expect(decided).toMatchObject([{ review: { decision: "confirmed", reviewer: "dr-grey" } }]);
    expect(faulty()).toEqual([]);
  });

  test("is edited: the summary, the ranking and the urgency; and once more after that", async () => {
    const at = await starterWard();
    const consultation = await coughing(at);
    const before = Object.keys((await at.dossier(consultation)).differential.conditions);
    const { page, open, screenshot, faulty } = await attending(browser, at);
    await open(COUGHER);
    await screenshot("queue-dossier");
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("SELECT");
    await page.getByLabel("Urgency").selectOption("emergency");
    await page.getByLabel("Plan").fill("To be seen tomorrow.");
    await page.locator("[data-act='up']").nth(1).click();
    await page.locator("[data-act='remove']").nth(2).click();
    await page.getByLabel("Add a condition").selectOption({ label: "Acute sinusitis" });
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("Changed: plan, differential, urgency. Not saved yet.").waitFor();
    await screenshot("queue-editing");
    await page.getByRole("button", { name: "Save edits" }).click();
    await agree(page, "Save edits");
    await page.getByText("Edited by dr-grey, just now.").waitFor();
    await page.getByText("To be seen tomorrow.").waitFor();
    const after = await at.dossier(consultation);
    expect(after.summary.plan).toBe("To be seen tomorrow.");
    expect(after.entry.urgency).toBe("emergency");
    const ranked = Object.keys(after.differential.conditions);
    expect(ranked.slice(0, 2)).toEqual([before[1], before[0]]);
    expect(ranked).not.toContain(before[2]);
    await screenshot("queue-edited");

    await page.getByRole("button", { name: "Edit", exact: true }).click();
    expect(await page.getByRole("button", { name: "Return to the person" }).count()).toBe(0);
    await page.getByLabel("Plan").fill("To be seen today.");
    await page.getByRole("button", { name: "Save edits" }).click();
    await agree(page, "Save edits");
    await page.getByText("To be seen today.").waitFor();
    expect((await at.dossier(consultation)).summary.plan).toBe("To be seen today.");
    expect(faulty()).toEqual([]);
  });

  test("is returned with a question, answered, and comes back", async () => {
    const at = await starterWard();
    const consultation = await coughing(at);
    const { page, open, screenshot, faulty } = await attending(browser, at);
    await open(COUGHER);
    await page.getByRole("button", { name: "Return to the person" }).click();
    await screenshot("queue-return");
    await agree(page, "Return it");
    expect(await page.getByRole("dialog").isVisible()).toBe(true);
    await page.getByLabel("What to ask the person").fill("Please take 500 mg of amoxicillin. Better?");
    await agree(page, "Return it");
    await page.getByRole("alert").getByText("advises on a drug").waitFor();
    await page.getByRole("button", { name: "Return to the person" }).click();
    await page.getByLabel("What to ask the person").fill("Has anyone at home been ill?");
    await agree(page, "Return it");
    await page.getByText("The conversation is open again").waitFor();
    expect(await page.getByRole("button", { name: "Edit", exact: true }).count()).toBe(0);

    await until("it ended again", async () => {
      await at.say(consultation, "no");
      return (await at.queue()).waiting.length === 1;
    });
    await page.getByRole("heading", { name: "Waiting (1)" }).waitFor();
    await page.getByRole("button", { name: "Confirm" }).waitFor();
    await page.getByText("Transcript").click();
    await page.locator(".told__line").getByText("Has anyone at home been ill?").waitFor();
    await screenshot("queue-came-back");
    expect(faulty()).toEqual([]);
  });

  test("appears by itself and is announced; nothing is asked for while the tab is hidden", async () => {
    const at = await starterWard();
    const { page, screenshot, faulty } = await attending(browser, at);
    await page.getByText("Nobody waits.").waitFor();
    await screenshot("queue-empty");
    await coughing(at);
    await page.getByRole("status").getByText("New: 54 years, male, Within 24 hours. 1 waits.").waitFor();
    expect(await page.title()).toBe("(1) Queue: Anamnesis");

    let asked = 0;
    page.on("request", () => asked++);
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, value });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await hide(true);
    await page.waitForTimeout(500);
    asked = 0;
    await inPain(at);
    await page.waitForTimeout(3_500);
    expect(asked).toBe(0);
    await hide(false);
    await ticketOf(page, PAIN).waitFor();
    expect(faulty()).toEqual([]);
  });
});

describe("a draft", () => {
  test("survives a reload, and nothing else of the consultation is kept in the browser", async () => {
    const at = await starterWard();
    await coughing(at);
    const { page, open, faulty } = await attending(browser, at);
    const kept = () => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
    await open(COUGHER);
    expect(await kept()).not.toMatch(/draft|cough/i);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Plan").fill("To be seen tomorrow.");
    await page.getByLabel("Note").fill("ask the GP");
    expect(await kept()).not.toContain(COUGH);
    await page.reload();
    expect(await page.getByLabel("Plan").inputValue()).toBe("To be seen tomorrow.");
    expect(await page.getByLabel("Note").inputValue()).toBe("ask the GP");
    await page.getByRole("button", { name: "Discard edits" }).click();
    await agree(page, "Discard them");
    expect(await focused(page)).toBe("button Edit");
    expect(await page.getByLabel("Note").inputValue()).toBe("ask the GP");
    await page.getByLabel("Note").fill("");
    expect(await kept()).not.toContain("draft");
    expect(faulty()).toEqual([]);
  });

  test("is kept when somebody else was quicker, and can be laid over what is there now", async () => {
    const at = await starterWard();
    const consultation = await coughing(at);
    const { page, open, screenshot, faulty } = await attending(browser, at);
    await open(COUGHER);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Plan").fill("To be seen tomorrow.");
    const { seq } = await at.dossier(consultation);
    // The page is not told in time.
    await page.route("**/v1/queue", (route) => route.abort());
    await at.review(consultation, { seq, decision: "confirmed" }, "dr-house");
    await page.getByRole("button", { name: "Save edits" }).click();
    await agree(page, "Save edits");
    await page.getByRole("alert").getByText("your draft is kept").waitFor();
    await page.unroute("**/v1/queue");
    await page.getByText("dr-house confirmed it").waitFor();
    await screenshot("queue-conflict");
    expect(await page.getByLabel("Plan").inputValue()).toBe("To be seen tomorrow.");
    await page.getByRole("button", { name: "Load it as it is now" }).click();
    await page.getByText("your draft is kept").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Save edits" }).click();
    await agree(page, "Save edits");
    await page.getByText("Edited by dr-grey").first().waitFor();
    expect((await at.dossier(consultation)).summary.plan).toBe("To be seen tomorrow.");
    expect(faulty().filter((fault) => !fault.includes("net::"))).toEqual([]);
  });

  test("that is blank gives way: what another clinician decided is shown at once", async () => {
    const at = await starterWard();
    const consultation = await coughing(at);
    const { page, open } = await attending(browser, at);
    await open(COUGHER);
    const { seq } = await at.dossier(consultation);
    await at.review(consultation, { seq, decision: "confirmed" }, "dr-house");
    await page.getByRole("status").getByText("Confirmed by dr-house").waitFor();
  });
});

describe("who may", () => {
  test("is asked for a token; patients and other clinicians are told why not", async () => {
    const at = await starterWard();
    await coughing(at);
    const { page, screenshot, faulty } = await attending(browser, at, { token: "" });
    const enter = async (token: string): Promise<void> => {
      await page.getByLabel("Access token").fill(token);
      await page.keyboard.press("Enter");
    };
    await enter("nobody");
    await page.getByRole("alert").getByText("did not accept this token").waitFor();
    await enter("ada");
    await page.getByText("This is for clinicians who work through the queue.").waitFor();
    await screenshot("queue-barred");
    await page.getByRole("button", { name: "Use another token" }).click();
    await enter("dr-who");
    await page.getByRole("button", { name: "Use another token" }).click();
    await enter("dr-grey");
    await ticketOf(page, COUGHER).waitFor();
    expect(await focused(page)).toBe("h1 Queue");
    expect(faulty()).toEqual([]);
  });

  test("without tokens a server for patients says how it is started for clinicians", async () => {
    const at = await starterWard({ tokens: undefined });
    const { page } = await attending(browser, at, { token: "" });
    await page.getByText("Start it with tokens, or with the audience clinician.").waitFor();
  });
});

test("a server that is away is said to be, and what was read stays", async () => {
  const at = await starterWard();
  await coughing(at);
  const { page, open, screenshot } = await attending(browser, at);
  await open(COUGHER);
  await page.route("**/v1/**", (route) => route.abort());
  await page.getByRole("alert").getByText("The server cannot be reached; it is tried again.").waitFor();
  expect(await ticketOf(page, COUGHER).count()).toBe(1);
  await page.getByRole("button", { name: "Confirm" }).click();
  await agree(page, "Confirm");
  await page.locator(".verdict").getByText("Nothing was decided; try it again.").waitFor();
  await screenshot("queue-away");
  await page.unroute("**/v1/**");
  await page.getByText("it is tried again").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Confirm" }).click();
  await agree(page, "Confirm");
  await page.getByText("Confirmed by dr-grey").first().waitFor();
});

test("a report that could not be delivered is shown, and sent again", async () => {
  let isDown = true;
  const { url, received } = await receiver((_, response) => void (isDown && response.writeHead(500).end()));
  const at = await starterWard({ handover: { webhook: { url, secret: SECRET, name: "records" }, schedule: [1, 1] } });
  await coughing(at);
  const { page, screenshot, faulty } = await attending(browser, at);
  await page.getByRole("heading", { name: "Not delivered (1)" }).waitFor({ timeout: 15_000 });
  await screenshot("queue-undelivered");
  isDown = false;
  const before = received.length;
  await page.getByRole("button", { name: "Try again: 54 years, male" }).click();
  await page.getByText("is sent to").waitFor();
  await until("it was told", () => received.length > before);
  await page.getByRole("heading", { name: "Not delivered" }).waitFor({ state: "detached" });
  expect(faulty()).toEqual([]);
});

test("a link opens a consultation, and leaves no trace in the address", async () => {
  const at = await starterWard();
  const consultation = await coughing(at);
  const crisis = await at.consulted(CRISIS);
  const { page, screenshot, violations, faulty } = await attending(browser, at);
  await page.goto(`${at.url}/clinician#consultation=${consultation}`);
  await page.getByRole("heading", { level: 1, name: COUGHER }).waitFor();
  expect(page.url()).toBe(`${at.url}/clinician`);
  await page.evaluate((id) => location.assign(`#consultation=${id}`), crisis);
  await page.getByText("Handed over: self-harm").waitFor();
  expect(await violations()).toEqual([]);
  await screenshot("queue-handed-over");
  await page.reload();
  await page.getByText("Handed over: self-harm").waitFor();
  expect(faulty()).toEqual([]);
});

test("of those decided the latest are shown, the others on demand", async () => {
  const at = await starterWard();
  for (let n = 0; n < 7; n++) {
    const consultation = await inPain(at);
    const { seq } = await at.dossier(consultation);
    await at.review(consultation, { seq, decision: "confirmed" });
  }
  const { page } = await attending(browser, at);
  await page.getByRole("heading", { name: "Decided (7)" }).waitFor();
  expect(await page.locator(".ticket").count()).toBe(5);
  await page.getByRole("button", { name: "Show all 7" }).click();
  expect(await page.locator(".ticket").count()).toBe(7);
});

test("a consultation that was deleted is said to be gone", async () => {
  const at = await starterWard();
  const consultation = await coughing(at);
  const { page, open } = await attending(browser, at);
  await open(COUGHER);
  await at.call("DELETE", `/v1/consultations/${consultation}`, undefined, "ada");
  await page.reload();
  await page.getByRole("alert").getByText("This consultation is not in the queue any more.").waitFor();
  await page.getByText("Nobody waits.").waitFor();
});
