/** The review page in a real Chromium: a trainer that holds batches on one side, a person on the other. */
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import type { Draft } from "../../../apps/web/review/draft.ts";
import { draftText, edited, keyOf, NO_DRAFT, toggled, verdictOf } from "../../../apps/web/review/draft.ts";
import {
  type ApprovedBatch,
  approvalGate,
  mailboxApprover,
  OddityRules,
  openMailbox,
  referenceTo,
} from "../../../gpu-trainer/index.ts";
import type { Group, Trajectory } from "../../../gpu-trainer/rollouts/types.ts";
import { openChromium } from "../../fixtures/chromium.ts";
import { held, objective, trajectory } from "../../gpu-trainer/approval/batches.ts";
import { serving } from "../server/serving.ts";
import { type Visit, visit } from "./visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const NAMES: Readonly<Record<string, string>> = {
  pneumonia: "Community-acquired pneumonia",
  bronchitis: "Acute bronchitis",
  influenza: "Influenza",
  embolism: "Pulmonary embolism",
  heart: "Acute heart failure",
};
const TRANSCRIPT = `patient    I have had a cough and a fever for three days.
policy     <ask>shortness of breath</ask>
patient    Yes, when I climb the stairs.
policy     <ask>sputum</ask>
patient    Yellow, sometimes a little rusty.
policy     <diagnosis>Community-acquired pneumonia
           Acute bronchitis
           Influenza</diagnosis>`;

/** What a policy in training earns: of each group some are right, some wrong, one is cut. */
function rolledOut(): Group[] {
  const labels = ["pneumonia", "embolism", "influenza", "heart", "bronchitis"];
  return labels.map((label, g) => {
    const others = labels.filter((each) => each !== label);
    const trajectories = [0, 1, 2, 3, 4, 5].map((n): Trajectory => {
      const isRight = (n * 7 + g * 3) % 5 < 2;
      const questions = 2 + ((n * 5 + g) % 7);
      const isCut = n === 5 && g % 2 === 0;
      const components = { diagnosis: isRight ? 1 : n % 2 ? 0.2 : 0, brevity: -0.02 * questions };
      const reward = components.diagnosis + components.brevity;
      const ranked = isRight ? [label, ...others.slice(0, 3)] : [others[n % 2]!, label, ...others.slice(2)];
      const tokens = [0, g, n, questions];
      const ended = isCut
        ? ({ stop: "parse-failure", ranked: [], correct: false } as const)
        : { ranked, correct: isRight };
      return trajectory(reward, { tokens, components, questions, labels: [label], ...ended });
    });
    const domain = label === "heart" || label === "embolism" ? "cardiovascular" : "respiratory";
    return { id: `1/${240 + g}`, caseId: `${label}-0${g + 3}`, domain, task: "letters", version: 118, trajectories };
  });
}

/** A trainer in training: it goes on from every decision by itself. */
function training(run: string, groups: Group[] = rolledOut()): Promise<ApprovedBatch | undefined> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const approver = mailboxApprover(run, { pollMs: 50 });
  const rules = OddityRules.parse({ bounds: { least: -0.11, most: 1 } });
  const tasks = [{ name: "letters", transcribe: () => TRANSCRIPT }];
  const batch = { step: 121, objective, version: 120, groups, tasks, nameOf: (id: string) => NAMES[id] ?? id };
  const approved = approvalGate({ approver, hold: rules }).approve(batch, stop.signal);
  approved.catch(() => {});
  return approved;
}

const aRun = () => mkdtemp(join(tmpdir(), "run-"));

async function reviewing(run: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const { url } = await serving({ review: openMailbox(run) });
  const visited = await visit(browser, url, { reducedMotion: "reduce", ...options });
  await visited.page.goto(`${url}/review`);
  return visited;
}

const waits = (page: Page) => page.getByRole("heading", { name: "Step 121 waits" }).waitFor();
const groupOf = (page: Page, id: string) => page.locator(".group").filter({ hasText: id });
const rewardOf = (page: Page, index: number, group: string) =>
  page.getByLabel(`Reward of trajectory ${index} of ${group}`);

describe("a held batch", () => {
  test("is shown, corrected, shown again with the new advantages, and confirmed", async () => {
    const run = await aRun();
    const visited = await reviewing(run);
    const { page } = visited;
    await page.getByText("No batch waits for a decision.").waitFor();
    const approved = training(run);
    await waits(page);
    await page.getByRole("heading", { name: "Held because it looks odd" }).waitFor();
    const group = groupOf(page, "1/240");
    const before = await group.locator(".group__baseline").innerText();
    const advantages = await group.locator(".trajectory__figure").allInnerTexts();
    expect(before).toMatch(/^V̂\* −?\d\.\d{3}$/);
    expect(await page.getByRole("img", { name: /^Rewards: \d+ from/ }).count()).toBe(1);

    await rewardOf(page, 2, "1/240").fill("0.75");
    await page.getByLabel("Why?").fill("asked what mattered");
    await groupOf(page, "1/243").getByRole("button", { name: "Leave out" }).click();
    await page.getByText("1 reward changed, 1 group left out.").waitFor();
    await visited.screenshot("review-corrected");
    await page.getByRole("button", { name: "Send corrections" }).click();

    await page.getByText("Corrected once.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("step");
    const decision = JSON.parse(await readFile(join(run, "review/step-000121.decision.json"), "utf8"));
    expect(decision).toMatchObject({
      type: "correct",
      by: "page",
      rewards: [{ group: "1/240", trajectory: 2, reward: 0.75, note: "asked what mattered" }],
      rejectGroups: ["1/243"],
    });
    expect(await groupOf(page, "1/243").count()).toBe(0);
    expect(await rewardOf(page, 2, "1/240").inputValue()).toBe("0.75");
    expect(await group.locator(".group__baseline").innerText()).not.toBe(before);
    expect(await group.locator(".trajectory__figure").allInnerTexts()).not.toEqual(advantages);
    await group.getByRole("button", { name: "Transcript 2 of" }).click();
    await group.getByText("correction").waitFor();
    await visited.screenshot("review-again");

    await page.getByRole("button", { name: "Confirm step" }).click();
    await page.getByText("Confirmed. The trainer takes the step.").waitFor();
    const { groups } = (await approved)!;
    expect(groups.map(({ id }) => id)).not.toContain("1/243");
    expect(groups.find(({ id }) => id === "1/240")!.trajectories[2]!.reward).toBe(0.75);
    expect(await readdir(join(run, "review"))).toContain("step-000121.round-1.decision.json");
    expect(visited.faults).toEqual([]);
  });

  test("is rejected with a reason", async () => {
    const run = await aRun();
    const visited = await reviewing(run);
    const { page } = visited;
    const approved = training(run);
    await page.getByRole("button", { name: "Reject", exact: true }).click();
    await page.getByRole("button", { name: "Reject it" }).click();
    expect(await page.getByRole("dialog").isVisible()).toBe(true);
    await page.getByLabel("Reason").fill("the patients answered nothing");
    expect(await visited.violations()).toEqual([]);
    await visited.screenshot("review-reject");
    await page.getByRole("button", { name: "Reject it" }).click();
    await page.getByText("Rejected. The trainer goes on without this batch.").waitFor();
    expect(await approved).toBeUndefined();
    expect(visited.faults).toEqual([]);
  });

  test("shows transcripts on demand, and what a policy wrote as text", async () => {
    const run = await aRun();
    const { page, faults } = await reviewing(run);
    training(run);
    const group = groupOf(page, "1/241");
    const door = group.getByRole("button", { name: "Transcript 0 of" });
    expect(await group.getByText("<ask>sputum</ask>").count()).toBe(0);
    await door.click();
    expect(await group.getByText("<ask>sputum</ask>").isVisible()).toBe(true);
    await door.click();
    expect(await group.locator("pre").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("that was decided elsewhere makes room for what comes next", async () => {
    const run = await aRun();
    const { page } = await reviewing(run);
    training(run);
    await waits(page);
    const pending = (await openMailbox(run).pending())!;
    await openMailbox(run).decide(referenceTo(pending.batch), { type: "confirm" }, "terminal");
    await page.getByText("No batch waits for a decision.").waitFor();
  });

  test("refuses what is no reward, and keeps what was typed", async () => {
    const run = await aRun();
    const { page } = await reviewing(run);
    training(run);
    await rewardOf(page, 2, "1/240").fill("a lot");
    await page.getByRole("button", { name: "Send corrections" }).click();
    await page.getByRole("alert").getByText("Trajectory 2 of 1/240 needs a reward that is a number.").waitFor();
    expect(await rewardOf(page, 2, "1/240").inputValue()).toBe("a lot");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Nothing is changed.").waitFor();
    expect(await openMailbox(run).pending()).toBeDefined();
  });

  test("is decided by keyboard alone", async () => {
    const run = await aRun();
    const { page } = await reviewing(run);
    const { keyboard } = page;
    const approved = training(run);
    await waits(page);
    await keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe("Skip to the decision");
    await page.locator(".group__leave").first().focus();
    await keyboard.press("Space");
    await keyboard.press("Space");
    await keyboard.press("Tab");
    await keyboard.type("0.5");
    await page.getByText("1 reward changed.").waitFor();
    await page.locator(".skip").focus();
    await keyboard.press("Enter");
    for (let n = 0; n < 3; n++) await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.getByText("Corrected once.").waitFor();
    await page.locator(".skip").focus();
    await keyboard.press("Enter");
    for (let n = 0; n < 2; n++) await keyboard.press("Tab");
    await keyboard.press("Enter");
    expect(await approved).toBeDefined();
  });
});

describe.each(["light", "dark"] as const)("in the %s page", (colorScheme) => {
  test.each([1280, 360])("axe finds nothing at %i pixels, and nothing scrolls sideways", async (width) => {
    const run = await aRun();
    const visited = await reviewing(run, { colorScheme, viewport: { width, height: 800 } });
    const { page, violations, screenshot, faults } = visited;
    await page.getByText("No batch waits for a decision.").waitFor();
    expect(await violations()).toEqual([]);
    training(run);
    await waits(page);
    expect(await violations()).toEqual([]);
    await screenshot(`review-${colorScheme}-${width}`);
    await rewardOf(page, 2, "1/240").fill("0.75");
    await rewardOf(page, 5, "1/240").fill("x");
    await groupOf(page, "1/243").getByRole("button", { name: "Leave out" }).click();
    await groupOf(page, "1/240").getByRole("button", { name: "Transcript 2 of" }).click();
    expect(await violations()).toEqual([]);
    await groupOf(page, "1/240").scrollIntoViewIfNeeded();
    await screenshot(`review-${colorScheme}-${width}-group`);
    const sideways = await page.evaluate(() =>
      [...document.querySelectorAll("*")]
        .filter((element) => element.matches("html, body, main, pre"))
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ tagName }) => tagName),
    );
    expect(sideways).toEqual([]);
    expect(faults).toEqual([]);
  });
});

test("a server with tokens lets clinicians review, and nobody else", async () => {
  const run = await aRun();
  const file = join(run, "tokens.json");
  const patient = await addToken(file, "patient-1", "patient");
  const clinician = await addToken(file, "ward-3", "clinician");
  const { url } = await serving({ review: openMailbox(run), tokens: await readTokenFile(file) });
  const { page } = await visit(browser, url);
  await page.goto(`${url}/review`);
  await page.getByLabel("Access token").fill(patient);
  await page.keyboard.press("Enter");
  await page.getByText("This is for clinicians").waitFor();
  await page.evaluate((token) => sessionStorage.setItem("anamnesis.token", token), clinician);
  await page.reload();
  const approved = training(run);
  await page.getByRole("button", { name: "Confirm step" }).click();
  expect(await approved).toBeDefined();
  const decision = JSON.parse(await readFile(join(run, "review/step-000121.decision.json"), "utf8"));
  expect(decision.by).toBe("ward-3");
});

describe("a draft", () => {
  const batch = held();
  const change = (draft: Draft, text: string, note = ""): Draft =>
    edited(draft, keyOf("g-1", 1), batch.groups[0]!.trajectories[1]!.reward, { text, note });

  test("of nothing confirms, and a reward put back is nothing", () => {
    expect(verdictOf(NO_DRAFT, batch)).toEqual({ type: "confirm" });
    expect(verdictOf(change(change(NO_DRAFT, "0.8"), "0"), batch)).toEqual({ type: "confirm" });
    expect(verdictOf(toggled(toggled(NO_DRAFT, "g-2"), "g-2"), batch)).toEqual({ type: "confirm" });
  });

  test("of changes corrects", () => {
    const draft = toggled(change(NO_DRAFT, "−0,5", " why "), "g-2");
    const rewards = [{ group: "g-1", trajectory: 1, reward: -0.5, note: "why" }];
    expect(verdictOf(draft, batch)).toEqual({ type: "correct", rewards, rejectGroups: ["g-2"] });
    expect(draftText(draft)).toBe("1 reward changed, 1 group left out");
  });

  test("that leaves nothing, or holds no number, is refused with a sentence", () => {
    expect(verdictOf(toggled(toggled(NO_DRAFT, "g-1"), "g-2"), batch)).toMatch(/reject the batch/);
    expect(verdictOf(change(NO_DRAFT, "x"), batch)).toMatch(/Trajectory 1 of g-1/);
    expect(verdictOf(toggled(change(NO_DRAFT, "x"), "g-1"), batch)).toMatchObject({ type: "correct", rewards: [] });
  });
});
