/** `anamnesis mcp`, as a host starts it. */
import { join } from "node:path";
import type { Readable } from "node:stream";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, onTestFinished, test } from "vitest";
import { anamnesis, ended, inFolder, start } from "../cli/command.ts";
import { type Era, over, started, told, untilTheEnd } from "./mcp-client.ts";

const MAIN = join(import.meta.dirname, "../../../apps/cli/main.ts");

function host(...args: string[]) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, "mcp", ...args],
    stderr: "pipe",
  });
  let err = "";
  (transport.stderr as Readable).on("data", (chunk) => {
    err += chunk;
  });
  return { transport, err: () => err };
}

test.each<Era>(["2025", "2026"])("as of %s a consultation runs to its end", async (era) => {
  const { transport, err } = host("--audience", "clinician", "--budget", "1", "--emergency-number", "999");
  const client = await over(transport, era);
  const consultation = await started(client, { age: 34, sex: "female" });
  expect(await untilTheEnd(client, consultation, "I have a sore throat and a fever")).toMatchObject({ ended: true });
  expect(await told(client, "differential", { consultation })).toMatchObject({ ended: true });
  await client.close();
  expect(err()).not.toContain("sore throat");
});

test("another process goes on with what was stored", () =>
  inFolder(async (folder) => {
    const store = ["--store", `file:${join(folder, "consultations")}`];
    const client = await over(host(...store).transport);
    const consultation = await started(client);
    const first = await told(client, "answer", { consultation, text: "I have a cough", id: "m-1" });
    await client.close();
    const again = await over(host(...store).transport);
    const repeated = await told(again, "answer", { consultation, text: "I have a cough", id: "m-1" });
    expect(repeated).toEqual({ ...first, repeated: true });
    await again.close();
  }));

test("it ends with its input, and says nothing but the protocol", async () => {
  const child = start("mcp");
  onTestFinished(() => void child.kill("SIGKILL"));
  const over = ended(child);
  child.stdin!.end(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })}\nnonsense\n`);
  const { code, out } = await over;
  expect(code).toBe(0);
  for (const line of out.split("\n").filter(Boolean)) expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
});

test("what it cannot be told is refused before it starts", async () => {
  const { code, out, err } = await anamnesis(["mcp", "--store", "nowhere:"]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain("store");
});
