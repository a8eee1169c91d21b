/** A clinician at the page: a server with ended consultations behind it, and a token in the tab. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { ServerOptions } from "../../../apps/server/server.ts";
import { type Ward, ward } from "../handover/ward.ts";
import { conversation } from "../server/serving.ts";
import { type Visit, visit } from "./visit.ts";

export const COUGH = "I have had a cough and a fever of 39 for three days";
export const HEART = "crushing chest pain going into my left arm and I am sweating";
const NO = Array.from({ length: 6 }, () => "no");

/** Ends after a few questions. */
export const coughing = (at: Ward): Promise<string> => at.consulted([COUGH, ...NO], { age: 54, sex: "male" });
/** Ends at once, by a red flag. */
export const inPain = (at: Ward): Promise<string> => at.consulted([HEART], { age: 61, sex: "female" });

export interface Attendance extends Visit {
  readonly at: Ward;
  /** Opens a dossier from the list. */
  open(who: string): Promise<void>;
  /** What went wrong in the page, but for the refusals that Chromium itself puts on the console. */
  faulty(): string[];
}

interface Options extends BrowserContextOptions {
  readonly server?: Partial<ServerOptions>;
  /** Default: a clinician's who works through the queue. */
  readonly token?: string;
}

/** The wards of the starter knowledge base. */
export const starterWard = (server: Partial<ServerOptions> = {}): Promise<Ward> => ward({ conversation, ...server });

export async function attending(browser: Browser, at: Ward, { token = "dr-grey", ...options }: Options = {}) {
  const visited = await visit(browser, at.url, { reducedMotion: "reduce", ...options });
  const { page } = visited;
  if (token !== "") await page.evaluate((given) => sessionStorage.setItem("anamnesis.token", given), token);
  await page.goto(`${at.url}/clinician`);
  const attendance: Attendance = {
    ...visited,
    at,
    async open(who) {
      await ticketOf(page, who).click();
      await page.getByRole("heading", { level: 1, name: who }).waitFor();
    },
    faulty: () => visited.faults.filter((fault) => !/status of (401|403|404|409|422)/.test(fault)),
  };
  return attendance;
}

/** Its button in the list. */
export const ticketOf = (page: Page, words: string) => page.locator(".ticket").filter({ hasText: words });

/** Says yes to what is asked. */
export const agree = (page: Page, name: string): Promise<void> =>
  page.getByRole("dialog").getByRole("button", { name }).click();

/** What has the focus: its tag, and its name or words. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { tagName, textContent, ariaLabel, id } = document.activeElement!;
    return `${tagName.toLowerCase()} ${ariaLabel ?? (id.startsWith("_") ? textContent : id || textContent)}`.trim();
  });
