/** The examples run as they stand. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { ended } from "../cli/command.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples/bots");

function started(name: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [join(EXAMPLES, name)], { env: { ...process.env, NO_COLOR: "1", ...env } });
}

test("the terminal bot is twenty lines, and holds a consultation", async () => {
  expect(readFileSync(join(EXAMPLES, "terminal.ts"), "utf8").trim().split("\n").length).toBeLessThanOrEqual(20);
  const child = started("terminal.ts");
  child.stdin!.end("hello\nyes\nI have a cough\nI cough up a lot of blood\n");
  const { code, out } = await ended(child);
  expect(code).toBe(0);
  expect(out).toContain("Reply YES");
  expect(out).toContain("what troubles you most");
  expect(out).toMatch(/\?\n\(.+ \/ Not sure\)/);
  expect(out).toContain("I stop my questions here.");
});

test("the webhook bot answers those whose secret it has, and ends when told", async () => {
  const child = started("webhook.ts", {
    RASA_TOKEN: "rasa-token",
    BOT_APP_ID: "00000000-0000-0000-0000-000000000000",
    BOT_APP_PASSWORD: "app-password",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const { url, channels } = JSON.parse((await lines.next()).value!);
  expect(channels).toEqual(["/webhooks/rest/webhook", "/api/messages"]);
  expect((await fetch(`${url}/api/messages`, { method: "POST", body: "{}" })).status).toBe(401);
  const headers = { "content-type": "application/json", authorization: "Bearer rasa-token", connection: "close" };
  const body = JSON.stringify({ sender: "ada", message: "hi" });
  const response = await fetch(`${url}${channels[0]}`, { method: "POST", headers, body });
  expect(await response.json()).toMatchObject([{ recipient_id: "ada", text: expect.stringContaining("Reply YES") }]);
  const over = ended(child);
  child.kill("SIGTERM");
  expect((await over).code).toBe(0);
});
