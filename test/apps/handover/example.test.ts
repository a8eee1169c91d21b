/** The example of a receiver runs as it stands: told by a real server, it verifies, and fetches the dossier. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { webhookSignature } from "../../../apps/bots/index.ts";
import { ended } from "../cli/command.ts";
import { BLOOD, receiver, SECRET, until, ward } from "./ward.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/handover.ts");

test("the receiver takes what is signed, once, and prints the dossier", async () => {
  const free = await receiver();
  free.server.close();
  const { url } = free;
  const at = await ward({ handover: { webhook: { url, secret: SECRET }, schedule: [50, 50] } });
  const PORT = new URL(url).port;
  const env = { ...process.env, ANAMNESIS_URL: at.url, ANAMNESIS_TOKEN: "dr-grey", WEBHOOK_SECRET: SECRET, PORT };
  const child = spawn(process.execPath, [EXAMPLE], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  await until("it listens", () => lines.length === 1);

  const id = await at.consulted(BLOOD, { age: 50 });
  await until("delivered", async () => (await at.queue()).waiting[0]?.notified?.outcome === "delivered");
  expect(lines[1]).toMatchObject({
    type: "consultation.ended",
    entry: { consultation: id, urgency: "emergency", redFlags: 1 },
    summary: { objective: "Nothing was examined or measured." },
  });

  const body = JSON.stringify({ type: "consultation.ended", url: "/v1/queue/deleted" });
  const send = async (message: string, secret = SECRET): Promise<number> => {
    const time = String(Math.floor(Date.now() / 1000));
    const headers = {
      "webhook-id": message,
      "webhook-timestamp": time,
      "webhook-signature": webhookSignature(secret, message, time, body),
    };
    return (await fetch(url, { method: "POST", headers, body })).status;
  };
  expect(await send("forged", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).toBe(401);
  expect([await send("one"), await send("one")]).toEqual([204, 204]);
  expect(lines.slice(2)).toEqual([{ type: "consultation.ended" }]);
  const over = ended(child);
  child.kill("SIGTERM");
  expect((await over).code).toBe(0);
});
