/**
 * Somebody's system that is told when a consultation ended: it checks the signature, takes each message once, and fetches
 * the dossier. In a project of your own, import from "anamnesis".
 * `ANAMNESIS_URL=http://127.0.0.1:8080 ANAMNESIS_TOKEN=… WEBHOOK_SECRET=whsec_… node examples/handover.ts`
 */
import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { webhookSignature } from "../index.ts";

const { ANAMNESIS_URL = "http://127.0.0.1:8080", ANAMNESIS_TOKEN = "", WEBHOOK_SECRET = "", PORT = "0" } = process.env;
const TOLERANCE_S = 300;
/** Ids of messages that were taken: what comes twice counts once. */
const taken = new Set<string>();

function isGenuine(id: string, time: string, signature: string, body: string): boolean {
  const expected = Buffer.from(webhookSignature(WEBHOOK_SECRET, id, time, body));
  const isSigned = signature.split(" ").some((each) => {
    const given = Buffer.from(each);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isSigned && Math.abs(Date.now() / 1000 - Number(time)) <= TOLERANCE_S;
}

async function receive(id: string, body: string): Promise<void> {
  if (taken.has(id)) return;
  const { type, url } = JSON.parse(body);
  const headers = { authorization: `Bearer ${ANAMNESIS_TOKEN}` };
  const response = await fetch(new URL(url, ANAMNESIS_URL), { headers });
  // Deleted meanwhile: there is nothing to do, and nothing to send again.
  if (!response.ok && response.status !== 404) throw new Error(`the dossier: status ${response.status}`);
  const { entry, summary } = response.ok ? await response.json() : {};
  console.log(JSON.stringify({ type, entry, summary }));
  taken.add(id);
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const header = (name: string): string => String(request.headers[name] ?? "");
  const id = header("webhook-id");
  if (!isGenuine(id, header("webhook-timestamp"), header("webhook-signature"), body)) {
    response.writeHead(401).end();
    return;
  }
  const status = await receive(id, body).then(
    () => 204,
    () => 503,
  );
  response.writeHead(status).end();
});
server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }));
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => server.close());
