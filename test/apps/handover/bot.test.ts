/** A bot's conversation that a clinician returns: it goes on in the same consultation, over a signed webhook. */
import { expect, test } from "vitest";
import { configuredChannels } from "../../../apps/bots/configured.ts";
import { webhookSignature } from "../../../apps/bots/index.ts";
import { ChannelSettings } from "../../../apps/config/channels.ts";
import { BLOOD, SECRET, ward } from "./ward.ts";

test("a conversation goes on after it was returned, ends again, and begins anew only when asked", async () => {
  const channels = ChannelSettings.parse({ webhook: { secret: SECRET }, idKey: "key-of-ids" });
  const at = await ward({ endpoints: (context) => configuredChannels(channels, context) });
  let sent = 0;
  const say = async (text: string) => {
    const id = `message-${sent++}`;
    const time = String(Math.floor(Date.now() / 1000));
    const body = JSON.stringify({ conversation: "chat-17", text });
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": time,
      "webhook-signature": webhookSignature(SECRET, id, time, body),
    };
    const response = await fetch(`${at.url}/webhook`, { method: "POST", headers, body });
    return (await response.json()) as { text: string; ended: boolean; events: { type: string }[] };
  };
  await say("hello");
  await say("yes");
  for (const words of BLOOD) await say(words);
  const { waiting } = await at.queue();
  expect(waiting).toMatchObject([{ complaint: BLOOD[0], redFlags: 1 }]);
  const { consultation } = waiting[0]!;
  expect(consultation).toMatch(/^bot-/);

  const { seq } = await at.dossier(consultation);
  await at.review(consultation, { seq, decision: "returned", message: "How much blood was it?" });
  const answer = await say("a spoonful, and I have had a fever");
  expect(answer.ended).toBe(true);
  expect(answer.text).not.toContain("NEW");
  const again = (await at.queue()).waiting;
  expect(again).toMatchObject([{ consultation, review: { decision: "returned" } }]);
  const dossier = await at.dossier(consultation);
  expect(dossier.summary.subjective).toContain("fever");
  expect(dossier.messages.map((message) => ("text" in message ? message.text : ""))).toContain(
    "How much blood was it?",
  );

  await at.review(consultation, { seq: dossier.seq, decision: "confirmed" });
  expect((await say("thanks")).text).toContain("NEW");
  expect((await at.queue()).waiting).toEqual([]);
  await say("new");
  await say("yes");
  expect((await at.queue()).decided.map((entry) => entry.consultation)).toEqual([consultation]);
});
