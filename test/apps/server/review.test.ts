/** Held batches over REST: read, decide, and who may. */
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openApiDocument } from "../../../apps/server/openapi.ts";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { HeldBatch, mailboxApprover, openMailbox, referenceTo } from "../../../gpu-trainer/index.ts";
import { batch, held } from "../../gpu-trainer/approval/batches.ts";
import { serving } from "./serving.ts";

const HELD = held(batch(), { reasons: [{ rule: "bounds", message: "a reward is not from 0 to 1", groups: ["g-1"] }] });
const { digest } = referenceTo(HELD);
const CONFIRM = { round: 0, digest, verdict: { type: "confirm" } };

const aRun = () => mkdtemp(join(tmpdir(), "run-"));
const reviewing = async (run: string) => serving({ review: openMailbox(run) });
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const codeOf = async (answer: Response) => [answer.status, (await answer.json()).error.code];

describe("a server that reviews a run", () => {
  test("says that no batch waits", async () => {
    const { url } = await reviewing(await aRun());
    const answer = await fetch(`${url}/v1/review`);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(await (await fetch(`${url}/v1/review/state`)).json()).toEqual({ held: null });
  });

  test("gives the batch that waits, and passes the decision on to the trainer", async () => {
    const run = await aRun();
    const { url } = await reviewing(run);
    await openMailbox(run).hold(HELD);
    const pending = await (await fetch(`${url}/v1/review`)).json();
    expect(HeldBatch.parse(pending.batch)).toEqual(HELD);
    const { held: state } = await (await fetch(`${url}/v1/review/state`)).json();
    expect(state).toEqual({ step: 12, round: 0, digest: pending.digest });
    const answer = await post(`${url}/v1/review/12/decision`, CONFIRM);
    expect([answer.status, (await answer.json()).by]).toEqual([201, "page"]);
    expect(await mailboxApprover(run).review(HELD)).toMatchObject({ type: "confirm", by: "page" });
    expect((await fetch(`${url}/v1/review`)).status).toBe(204);
  });

  test.each([
    ["another batch than the one that waits", "12", { ...CONFIRM, digest: "0".repeat(64) }, 409, "review-changed"],
    ["a step that does not wait", "13", CONFIRM, 409, "review-changed"],
    ["a step that is no number", "x", CONFIRM, 404, "not-found"],
    [
      "a group that is not there",
      "12",
      { ...CONFIRM, verdict: { type: "correct", rewards: [], rejectGroups: ["g-9"] } },
      400,
      "bad-message",
    ],
    ["no reason", "12", { ...CONFIRM, verdict: { type: "reject", reason: " " } }, 400, "bad-message"],
    ["who decides", "12", { ...CONFIRM, by: "somebody" }, 400, "bad-message"],
  ])("refuses a decision that names %s", async (_, step, body, status, code) => {
    const run = await aRun();
    const { url } = await reviewing(run);
    await openMailbox(run).hold(HELD);
    expect(await codeOf(await post(`${url}/v1/review/${step}/decision`, body))).toEqual([status, code]);
    expect(await openMailbox(run).pending()).toBeDefined();
  });

  test("tells who comes second that somebody has decided", async () => {
    const run = await aRun();
    const { url } = await reviewing(run);
    await openMailbox(run).hold(HELD);
    await post(`${url}/v1/review/12/decision`, CONFIRM);
    expect(await codeOf(await post(`${url}/v1/review/12/decision`, CONFIRM))).toEqual([409, "review-changed"]);
  });

  test("takes decisions from its own pages only", async () => {
    const { url } = await reviewing(await aRun());
    const headers = { origin: "https://elsewhere.example" };
    expect(await codeOf(await fetch(`${url}/v1/review`, { headers }))).toEqual([403, "bad-origin"]);
    expect(await codeOf(await post(`${url}/v1/review/12/decision`, CONFIRM, headers))).toEqual([403, "bad-origin"]);
  });

  test("with tokens lets clinicians in, under their names, and nobody else", async () => {
    const run = await aRun();
    const file = join(run, "tokens.json");
    const clinician = await addToken(file, "ward-3", "clinician");
    const patient = await addToken(file, "patient-1", "patient");
    const { url } = await serving({ review: openMailbox(run), tokens: await readTokenFile(file) });
    await openMailbox(run).hold(HELD);
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    expect(await codeOf(await fetch(`${url}/v1/review`))).toEqual([401, "unauthorized"]);
    for (const path of ["/v1/review", "/v1/review/state"])
      expect(await codeOf(await fetch(url + path, { headers: as(patient) }))).toEqual([403, "forbidden"]);
    const refused = await post(`${url}/v1/review/12/decision`, CONFIRM, as(patient));
    expect(await codeOf(refused)).toEqual([403, "forbidden"]);
    const answer = await post(`${url}/v1/review/12/decision`, CONFIRM, as(clinician));
    expect((await answer.json()).by).toBe("ward-3");
  });

  test("keeps to itself what is wrong with its files", async () => {
    const run = await aRun();
    await mkdir(join(run, "review/step-000012.json"), { recursive: true });
    const { url } = await reviewing(run);
    const answer = await fetch(`${url}/v1/review`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain(run);
  });

  test("serves the page at /review too, under the same policy", async () => {
    const { url } = await reviewing(await aRun());
    const [page, review] = await Promise.all([fetch(url), fetch(`${url}/review`)]);
    expect(await review.text()).toBe(await page.text());
    expect(review.headers.get("content-security-policy")).toBe(page.headers.get("content-security-policy"));
  });
});

test("a server without a run to review has nothing there", async () => {
  const { url } = await serving({ audience: "clinician" });
  for (const path of ["/review", "/v1/review", "/v1/review/state"])
    expect(await codeOf(await fetch(url + path))).toEqual([404, "not-found"]);
  expect(await codeOf(await post(`${url}/v1/review/12/decision`, CONFIRM))).toEqual([404, "not-found"]);
});

test("the decision lies in the run's folder as it was made", async () => {
  const run = await aRun();
  const { url } = await reviewing(run);
  await openMailbox(run).hold(HELD);
  const rewards = [{ group: "g-1", trajectory: 1, reward: 0.8, note: "asked well" }];
  const verdict = { type: "correct", rewards, rejectGroups: ["g-2"] };
  const answer = await (await post(`${url}/v1/review/12/decision`, { ...CONFIRM, verdict })).json();
  expect(JSON.parse(await readFile(join(run, "review/step-000012.decision.json"), "utf8"))).toEqual(answer);
});

test("the OpenAPI document knows the routes, and that a batch may not wait", () => {
  const { paths } = openApiDocument("0") as { paths: Record<string, Record<string, { responses: object }>> };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(["/v1/review", "/v1/review/state", "/v1/review/{step}/decision"]),
  );
  expect(Object.keys(paths["/v1/review"]!.get!.responses)).toEqual(["200", "204", "default"]);
});
