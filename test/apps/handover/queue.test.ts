/** The clinicians' queue over REST: who waits, the dossier, and what comes of a decision. */
import { describe, expect, test } from "vitest";
import { openFileStore } from "../../../apps/server/stores/file.ts";
import { connect } from "../server/client.ts";
import { serving } from "../server/serving.ts";
import { BLOOD, CRISIS, conversation, folder, TOKENS, type Ward, ward, wardAt } from "./ward.ts";

const COLD = ["I have a cough and no fever", "no", "no", "no", "no", "no", "no"];
const ids = (entries: readonly { consultation: string }[]): string[] => entries.map((each) => each.consultation);

/** Confirms what is there now. */
async function confirm(at: Ward, consultation: string) {
  const { seq } = await at.dossier(consultation);
  return at.review(consultation, { seq, decision: "confirmed" });
}

describe("the queue", () => {
  test("holds what ended, the most urgent first, then who has waited longest", async () => {
    const at = await ward();
    const cold = await at.consulted(COLD, { age: 30 });
    const blood = await at.consulted(BLOOD, { age: 50, sex: "male" });
    const crisis = await at.consulted(CRISIS);
    await at.consulted(["I have a cough"]);
    const { waiting, decided } = await at.queue();
    expect(decided).toEqual([]);
    expect(ids(waiting)).toEqual([blood, crisis, cold]);
    expect(waiting[0]).toMatchObject({
      end: "concluded",
      reason: "red-flag",
      urgency: "emergency",
      redFlags: 1,
      age: 50,
      sex: "male",
      complaint: "I have a cough",
      leading: { probability: expect.closeTo(0.5, 0) },
    });
    expect(waiting[1]).toMatchObject({ end: "handed-off", reason: "self-harm", complaint: "I want to kill myself" });
    expect(waiting[1]).not.toHaveProperty("leading");
  });

  test("shows a dossier: summary, differential with evidence, transcript", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD, { age: 50, sex: "male" });
    const dossier = await at.dossier(id);
    expect(dossier.summary.subjective).toContain('Complaint: "I have a cough"');
    expect(dossier.summary.subjective).toContain("cough (character of the cough: bloody)");
    expect(dossier.summary.objective).toBe("Nothing was examined or measured.");
    expect(dossier.summary.assessment).toContain("Red flags: Blood coughed up (emergency).");
    expect(dossier.summary.plan).toContain("for the clinician to decide");
    const evidence = Object.values(dossier.differential.conditions).map((each) => [...each.for, ...each.against]);
    expect(evidence.flat().map(({ finding }) => finding)).toContain("cough");
    expect(dossier.messages.filter(({ type }) => type === "said").map((each) => "text" in each && each.text)).toEqual(
      BLOOD,
    );
    expect(dossier.disclaimer).toMatch(/not a diagnosis/);
  });

  test("is told of what ended before the server began, from the store alone", async () => {
    const kept = await folder();
    const first = await serving({ conversation, tokens: TOKENS, store: await openFileStore(kept) });
    const before = wardAt(first.url);
    const [one, two] = [await before.consulted(BLOOD), await before.consulted(CRISIS)];
    await confirm(before, two);
    const was = await before.queue();
    await first.drain();
    const at = await ward({ store: await openFileStore(kept) });
    expect(await at.queue()).toEqual(was);
    expect(ids(was.waiting)).toEqual([one]);
    expect(ids(was.decided)).toEqual([two]);
  });

  test("lets go of what is deleted at once", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    expect((await at.call("DELETE", `/v1/consultations/${id}`, undefined, "ada")).status).toBe(204);
    expect(await at.queue()).toEqual({ waiting: [], decided: [] });
    expect((await at.call("GET", `/v1/queue/${id}`)).status).toBe(404);
  });

  test("keeps the latest hundred that were decided", async () => {
    const at = await ward({ limits: { drainMs: 200, requestsAtOnce: 5_000 } });
    const all: string[] = [];
    for (let n = 0; n < 205; n++) {
      const id = await at.consulted(CRISIS);
      all.push(id);
      await confirm(at, id);
    }
    const { waiting, decided } = await at.queue();
    expect(waiting).toEqual([]);
    expect(new Set(ids(decided))).toEqual(new Set(all.slice(-100)));
  });
});

describe("a review", () => {
  test("that confirms takes it out of the line, under the name of the token", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    const { seq } = await at.dossier(id);
    const { status, body } = await at.review(id, { seq, decision: "confirmed", note: "seen in person" });
    expect([status, body.entry.review]).toEqual([
      200,
      { decision: "confirmed", reviewer: "dr-grey", time: expect.any(String) },
    ]);
    const { waiting, decided } = await at.queue();
    expect([ids(waiting), ids(decided)]).toEqual([[], [id]]);
    expect(body.messages.at(-1)).toMatchObject({ type: "reviewed", reviewer: "dr-grey", note: "seen in person" });
    expect(body.summary.assessment).not.toContain("Not reviewed");
  });

  test("that edits leaves the clinician's words, ranking and urgency", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    const { seq, summary, differential } = await at.dossier(id);
    const [first, second] = Object.keys(differential.conditions) as [string, string];
    const edited = { ...summary, assessment: "PLAN\nPneumonia, most likely.\n\nOBJECTIVE\nnone" };
    const { status, body } = await at.review(id, {
      seq,
      decision: "edited",
      summary: edited,
      differential: [{ condition: second }, { condition: first }],
      urgency: "within-24-hours",
    });
    expect(status).toBe(200);
    expect(body.summary).toEqual(edited);
    const shares = [first, second].map((each) => differential.conditions[each]!.probability);
    expect(Object.keys(body.differential.conditions)).toEqual([second, first]);
    expect(body.differential.conditions[second].probability).toBeCloseTo(Math.max(...shares), 2);
    expect(body.entry).toMatchObject({ urgency: "within-24-hours", leading: { name: expect.any(String) } });
    expect(await at.dossier(id)).toEqual(body);
    const given = await at.review(id, {
      seq: body.seq,
      decision: "edited",
      differential: [
        { condition: second, probability: 0.7 },
        { condition: "measles", probability: 0.1 },
      ],
    });
    expect(given.body.summary).toEqual(edited);
    expect(given.body.differential).toMatchObject({ conditions: { [second]: { probability: 0.7 } }, other: 0.2 });
  });

  test("of something that changed meanwhile is refused, and so is a second one", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    const { seq } = await at.dossier(id);
    await at.say(id, "it also hurts");
    expect(await at.review(id, { seq, decision: "confirmed" })).toMatchObject({
      status: 409,
      body: { error: { code: "review-changed" } },
    });
    expect(ids((await at.queue()).waiting)).toEqual([id]);
    expect((await confirm(at, id)).status).toBe(200);
    expect(await confirm(at, id)).toMatchObject({ status: 409, body: { error: { code: "not-waiting" } } });
    const again = (await at.dossier(id)).seq;
    expect((await at.review(id, { seq: again, decision: "returned", message: "Since when?" })).status).toBe(409);
    expect((await at.review(id, { seq: again, decision: "edited", urgency: "consultation" })).status).toBe(200);
    expect((await at.review(id, { seq: again + 99, decision: "edited", urgency: "consultation" })).status).toBe(409);
  });

  test("by two at once is one's", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    const { seq } = await at.dossier(id);
    const both = await Promise.all(
      ["dr-grey", "dr-house"].map((token) => at.review(id, { seq, decision: "confirmed" }, token)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test("that is not as the contract has it is refused", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    const { seq, summary } = await at.dossier(id);
    const refused = [
      { seq, decision: "returned" },
      { seq, decision: "edited" },
      { seq, decision: "confirmed", summary },
      { seq, decision: "edited", differential: [{ condition: "cold" }, { condition: "cold" }] },
      { seq, decision: "edited", differential: [{ condition: "plague" }] },
      { seq, decision: "edited", differential: [{ condition: "cold", probability: 0.2 }, { condition: "measles" }] },
      { seq, decision: "edited", summary: { ...summary, plan: "x".repeat(10_001) } },
      { seq: -1, decision: "confirmed" },
      { decision: "confirmed" },
    ];
    for (const review of refused) expect((await at.review(id, review)).status, JSON.stringify(review)).toBe(400);
    expect(await at.dossier(id)).toMatchObject({ seq });
  });
});

describe("a consultation that is returned", () => {
  test("goes on with the clinician's question, ends again and shows both reviews", async () => {
    const at = await ward();
    const id = await at.consulted(COLD);
    const { seq } = await at.dossier(id);
    const { status, body } = await at.review(id, { seq, decision: "returned", message: "Does it hurt to breathe?" });
    expect(status).toBe(200);
    expect(body.entry.review.decision).toBe("returned");
    expect(body.messages.slice(-2)).toMatchObject([
      { type: "reviewed", decision: "returned" },
      { type: "reply", text: "Does it hurt to breathe?" },
    ]);
    const returned = await at.queue();
    expect([ids(returned.waiting), ids(returned.decided)]).toEqual([[], [id]]);
    expect((await at.review(id, { seq: body.seq, decision: "confirmed" })).body.error.code).toBe("not-waiting");
    for (let n = 0; n < 8 && (await at.queue()).waiting.length === 0; n++) await at.say(id, "yes, and I have a fever");
    const { waiting, decided } = await at.queue();
    expect([ids(waiting), ids(decided)]).toEqual([[id], []]);
    expect(waiting[0]!.review!.decision).toBe("returned");
    expect((await at.dossier(id)).summary.subjective).toContain("fever");
    await confirm(at, id);
    const reviews = (await at.dossier(id)).messages.filter(({ type }) => type === "reviewed");
    expect(reviews).toMatchObject([{ decision: "returned" }, { decision: "confirmed" }]);
  });

  test("takes the answer for an answer to the clinician, not to what the agent asked last", async () => {
    const at = await ward();
    const { body: opened } = await at.call("POST", "/v1/consultations", { consent: true }, "ada");
    const id = opened.consultation;
    const first = await at.say(id, "I have a cough");
    let asked = first.body.messages.at(-1).finding;
    for (let n = 0; n < 8; n++) {
      const last = (await at.say(id, "no")).body.messages.at(-1);
      if (last.type === "conclusion") break;
      asked = last.finding;
    }
    const { seq } = await at.dossier(id);
    await at.review(id, { seq, decision: "returned", message: "Did it begin suddenly?" });
    const { body } = await at.say(id, "yes");
    const understood = body.messages.filter(({ type }: { type: string }) => type === "understood");
    expect(understood.map(({ finding }: { finding: string }) => finding)).not.toContain(asked);
  });

  test("tells the person the question as it is asked, and nothing of the review", async () => {
    const { url } = await serving({ conversation, tokens: TOKENS });
    const at = wardAt(url);
    const id = await at.consulted(COLD);
    const client = await connect(url, { token: "ada" });
    client.send({ type: "open", resume: { consultation: id, lastSeq: 0 } });
    await client.next("conclusion");
    const { seq, summary } = await at.dossier(id);
    const message = "Do you take any tablets?";
    await at.review(id, { seq, decision: "returned", note: "secret-note", message });
    expect(await client.next("reviewed")).toMatchObject({ decision: "returned", reviewer: "A clinician" });
    expect(await client.next("reply")).toMatchObject({ text: message });
    while ((await at.queue()).waiting.length === 0) await client.say("no");
    const now = await at.dossier(id);
    const edited = { ...summary, plan: "secret-plan" };
    await at.review(id, { seq: now.seq, decision: "edited", summary: edited, note: "secret-note" });
    const transcript = await at.call("GET", `/v1/consultations/${id}/transcript`, undefined, "ada");
    const seen = JSON.stringify([client.messages, transcript.body]);
    expect(seen).not.toMatch(/secret|dr-grey|edited|probability/);
  });

  test("is not returned with advice on a drug", async () => {
    const at = await ward();
    const id = await at.consulted(COLD);
    const { seq } = await at.dossier(id);
    for (const message of ["Please take two aspirin. Is it better?", "Have you considered stopping your statins?"])
      expect(await at.review(id, { seq, decision: "returned", message })).toMatchObject({
        status: 422,
        body: { error: { code: "drug-advice" } },
      });
    expect(ids((await at.queue()).waiting)).toEqual([id]);
  });
});

describe("who may", () => {
  test("is told by the token, and others cannot tell what exists", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    const { seq } = await at.dossier(id);
    const paths = (of: string): [string, string, object?][] => [
      ["GET", "/v1/queue"],
      ["GET", `/v1/queue/${of}`],
      ["POST", `/v1/queue/${of}/review`, { seq, decision: "confirmed" }],
      ["GET", "/v1/undelivered"],
      ["POST", `/v1/undelivered/${of}`],
    ];
    for (const token of ["ada", "dr-who"]) {
      const answers = async (of: string) =>
        Promise.all(paths(of).map(([method, path, body]) => at.call(method, path, body, token)));
      const there = await answers(id);
      expect(there.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
      expect(await answers("0123456789abcdef-no-such")).toEqual(there);
    }
    expect((await at.call("GET", "/v1/queue", undefined, "nobody")).status).toBe(401);
    expect((await at.dossier(id)).seq).toBe(seq);
  });

  test("is everybody on a loopback server without tokens whose audience is clinician", async () => {
    const open = wardAt((await serving({ conversation, audience: "clinician" })).url);
    const id = await open.consulted(BLOOD);
    expect((await confirm(open, id)).body.entry.review.reviewer).toBe("anonymous");
    const closed = wardAt((await serving({ conversation })).url);
    expect((await closed.call("GET", "/v1/queue")).status).toBe(403);
  });

  test("the clinician's right to the queue opens nobody's chat", async () => {
    const at = await ward();
    const id = await at.consulted(BLOOD);
    expect((await at.call("GET", `/v1/consultations/${id}/transcript`)).status).toBe(404);
    expect((await at.call("GET", "/v1/queue/0123456789abcdef-no-such")).status).toBe(404);
    const open = await at.consulted(["I have a cough"]);
    expect((await at.call("GET", `/v1/queue/${open}`)).status).toBe(404);
    expect((await at.review(open, { seq: 1, decision: "confirmed" })).status).toBe(404);
  });
});
