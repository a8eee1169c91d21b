/** The log: its form, what its fields take, and what a whole conversation leaves in it. */
import { describe, expect, onTestFinished, test } from "vitest";
import { serveWebhooks, telegramChannel, twilioChannel, twilioSignature } from "../../../apps/bots/index.ts";
import { jsonLog, type LogOptions, redactingLogger, traceOf } from "../../../apps/server/log.ts";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { steppingClock } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { inFolder } from "../cli/command.ts";
import { connect, opened } from "./client.ts";
import { conversation, serving } from "./serving.ts";

function logging(options?: LogOptions) {
  const lines: string[] = [];
  const out = { write: (line: string) => void lines.push(line) };
  return { log: jsonLog(out, steppingClock(), options), lines, read: () => lines.map((line) => JSON.parse(line)), out };
}

describe("a line", () => {
  test("is JSON with level, time and the fields that were given", () => {
    const { log, lines } = logging();
    log("info", { event: "deleted", consultation: "c-1", ms: 3, code: undefined });
    expect(lines).toEqual([
      '{"level":"info","time":"2000-01-01T00:00:01.000Z","event":"deleted","consultation":"c-1","ms":3}\n',
    ]);
  });

  test("is written from the level on that was chosen", () => {
    for (const [level, count] of [
      ["trace", 3],
      ["info", 2],
      ["error", 1],
      ["silent", 0],
    ] as const) {
      const { log, lines } = logging({ level });
      log("debug", { event: "a" });
      log("info", { event: "b" });
      log("error", { event: "c" });
      expect(lines, level).toHaveLength(count);
    }
  });

  test("says which trace it belongs to", () => {
    const { log, read } = logging({ trace: () => "4bf92f35" });
    log("info", { event: "a" });
    expect(read()[0]).toMatchObject({ trace: "4bf92f35" });
  });

  test("takes no field that it does not know, and nothing in a field that does not look like it", () => {
    const { log, read } = logging();
    const careless = {
      event: "said",
      text: "I cough",
      code: "I cough blood",
      consultation: { name: "Ada" },
      count: "1",
    };
    log("info", careless as never);
    const told = { event: "said", code: "[redacted]", consultation: "[redacted]", count: "[redacted]" };
    expect(read()).toEqual([{ level: "info", time: expect.any(String), ...told }]);
  });
});

test("secrets are blotted out by name, should they ever get as far as pino", () => {
  const { out, lines } = logging();
  const headers = { authorization: "Bearer hush", cookie: "hush" };
  redactingLogger(out, steppingClock(), "info").info({
    token: "hush",
    request: { headers },
    session: { secret: "hush" },
  });
  expect(lines.join("")).not.toContain("hush");
  expect(lines.join("")).toContain("[redacted]");
});

describe("of an error", () => {
  test("class and frames are written, the message is not", () => {
    const told = traceOf(new RangeError("I cough"));
    expect(told).toMatch(/^RangeError at .*log\.test\.ts:\d+:\d+/);
    expect(told).not.toContain("cough");
    expect(traceOf("I cough")).toBe("string");
  });

  test("a message whose lines look like frames is not taken for some", () => {
    const words = "I cough\n    at home (file:///home/ada/cough.ts:1:2)\n    at night I cough /x:1:2";
    expect(traceOf(new Error(words))).not.toMatch(/cough|night/);
    const changed = new Error("x");
    changed.message = words;
    expect(traceOf(changed)).not.toMatch(/cough|night/);
  });
});

test("a conversation over every transport, logged to the last detail, leaves no word, token, secret or number in it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/tokens.json`;
    const token = await addToken(file, "ada-lovelace", "clinician");
    const { log, lines, read } = logging({ level: "trace" });
    const failing = {
      ...conversation,
      async *turn(...args: Parameters<typeof conversation.turn>) {
        if (JSON.stringify(args[1]).includes("fail")) throw new Error(`cannot read ${JSON.stringify(args[1])}`);
        yield* conversation.turn(...args);
      },
    };
    const { url } = await serving({ conversation: failing, log, tokens: await readTokenFile(file) });
    const words = "My xylophone coughs, call me at +44 20 7946 0018";
    const { client, consultation } = await opened(url, { token });
    await client.say(words);
    await client.say(`fail ${words}`).catch(() => {});
    client.send(`{"text":"${words}"`);
    client.send({ type: "message", id: words, text: words, [words]: 1 });
    await client.next("error");
    await connect(url, { token: "wrong-hush" }).catch(() => {});
    const call = (path: string, text: string) =>
      fetch(`${url}/v1/${path}?q=${encodeURIComponent(words)}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}`, cookie: `name=${token}` },
        body: JSON.stringify({ id: text.slice(0, 9), text }),
      });
    for (const text of [words, `fail ${words}`]) await call(`consultations/${consultation}/messages`, text);
    await call(encodeURIComponent(words), words);
    await fetch(`${url}/v1/consultations/${consultation}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });

    const at = "https://clinic.example/twilio";
    const channels = {
      "/telegram": telegramChannel({ secretToken: "hush-telegram" }),
      "/twilio": twilioChannel({ authToken: "hush-twilio", url: at }),
    };
    const webhooks = await serveWebhooks({ base: clinic, channels, log });
    onTestFinished(() => webhooks.close());
    const message = { message_id: 1, date: 1, chat: { id: 79460018, type: "private" }, text: words };
    const form = { MessageSid: "S1", Body: words, From: "+442079460018", To: "+442079460019", NumMedia: "0" };
    for (const secret of ["hush-telegram", "wrong-hush"])
      await fetch(`${webhooks.url}/telegram`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
        body: JSON.stringify({ update_id: 1, message }),
      });
    for (const secret of ["hush-twilio", "wrong-hush"]) {
      const body = new URLSearchParams(form);
      const headers = { "x-twilio-signature": twilioSignature(secret, at, body) };
      await fetch(`${webhooks.url}/twilio`, { method: "POST", headers, body });
    }

    const events = read().map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(["turn-failed", "deleted", "answered", "refused"]));
    const all = lines.join("");
    expect(all).not.toMatch(/xylophone|cough|call me|7946|hush|lovelace|ada/i);
    expect(all).not.toContain(token);
  }));
