/** `anamnesis serve` as a process that is told everything by a file and its environment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { addToken } from "../../../apps/server/tokens.ts";
import { traceCollector } from "../../fixtures/trace-collector.ts";
import { opened } from "../server/client.ts";
import { inFolder } from "./command.ts";

test("runs as file, environment and secrets' files say; its log and its traces belong together", () =>
  inFolder(async (folder) => {
    const collector = await traceCollector();
    onTestFinished(() => collector.close());
    const [file, tokens, secret] = ["a.yaml", "tokens.json", "telegram"].map((name) => join(folder, name));
    const token = await addToken(tokens!, "ward-3", "patient");
    writeFileSync(secret!, "hush-telegram\n");
    writeFileSync(
      file!,
      "port: 0\nsafety: {emergencyNumber: '999'}\nlog: {level: debug}\nbudget: 1\nchannels: {telegram: }\n",
    );
    const env = {
      ...process.env,
      ANAMNESIS_CONFIG: file,
      ANAMNESIS_TOKEN_FILE: tokens,
      ANAMNESIS_CHANNELS_TELEGRAM_SECRET_TOKEN_FILE: secret,
      ANAMNESIS_TRACING_ENDPOINT: collector.url,
    };
    const child = spawn(process.execPath, [join(import.meta.dirname, "../server/serve-process.ts")], { env });
    onTestFinished(() => void child.kill("SIGKILL"));
    let log = "";
    child.stderr.on("data", (chunk) => {
      log += chunk;
    });
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const { url } = JSON.parse(line) as { url: string };

    const { client } = await opened(url, { token });
    await client.say("I want to kill myself");
    expect(client.all("handed-off")[0]!.text).toContain("999");
    const update = { update_id: 1, message: { message_id: 1, date: 1, chat: { id: 7, type: "private" }, text: "hi" } };
    const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": "hush-telegram" };
    const answer = await fetch(`${url}/telegram`, { method: "POST", headers, body: JSON.stringify(update) });
    expect([answer.status, await answer.json()]).toMatchObject([200, { method: "sendMessage", chat_id: 7 }]);

    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);
    const lines = log
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each));
    const answered = lines.find(({ route }) => route === "/telegram");
    expect(answered).toMatchObject({ level: "debug", event: "answered", code: 200 });
    const request = collector.spans.find(({ name }) => name === "POST /telegram");
    expect(answered.trace).toBe(request!.traceId);
    expect(lines.at(-1)).toMatchObject({ level: "info", event: "stopped" });
    expect(log).not.toMatch(/hush|kill|ward/);
  }));
