/** No secret is ever shown: the schema is searched for them, filled with them, and printed. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadSettings, REDACTED, SETTINGS, shownValue, valueAt } from "../../../apps/config/index.ts";
import { inFolder } from "../cli/command.ts";

/** The last word of a name that holds something secret, or may. */
const SMELLS = new Set([
  "token",
  "secret",
  "key",
  "password",
  "passphrase",
  "credential",
  "credentials",
  "authorization",
]);
const lastWord = (name: string): string =>
  name
    .split(/\.|(?=[A-Z])/)
    .at(-1)!
    .toLowerCase();

describe("every setting", () => {
  test("whose name smells of a secret is one", () => {
    const smelling = SETTINGS.filter(({ name }) => SMELLS.has(lastWord(name)));
    expect(smelling.length).toBeGreaterThan(5);
    expect(smelling.filter(({ secret }) => secret !== "whole").map(({ name }) => name)).toEqual([]);
  });

  test("has a variable of its own, which is nobody else's with _FILE", () => {
    const names = SETTINGS.flatMap(({ variable, secret }) => [variable, ...(secret ? [`${variable}_FILE`] : [])]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test("secrets that were given are shown as [redacted], passwords in addresses too", async () => {
  const env: Record<string, string> = { ANAMNESIS_STORE: "rediss://ward:hush-1@hush-2@redis.example:6380/1" };
  // A channel is on with all that it needs.
  env.ANAMNESIS_CHANNELS_BOT_FRAMEWORK_APP_ID = "app";
  env.ANAMNESIS_CHANNELS_WHATSAPP_PHONE_NUMBER_ID = "1";
  for (const { variable, name, secret } of SETTINGS) {
    if (secret === "whole") env[variable] = `whsec_${"hush".repeat(6)}`;
    else if (secret === "address" && name !== "store")
      env[variable] = "https://hush:hush-3@there.example/p?k=hush-4#hush";
  }
  const { settings } = await loadSettings({ env });
  expect(JSON.stringify(settings)).toContain("hush");
  const shown = SETTINGS.map((setting) => [setting.name, shownValue(setting, valueAt(settings, setting.path))]);
  expect(JSON.stringify(shown)).not.toContain("hush");
  const byName = Object.fromEntries(shown);
  expect(byName).toMatchObject({
    "channels.telegram.secretToken": REDACTED,
    "tracing.authorization": REDACTED,
    store: "rediss://[redacted]@redis.example:6380/1",
    "handover.webhook.url": "https://[redacted]@there.example/p?[redacted]",
    port: 8080,
  });
});

test("an address where none is expected is shown without its password all the same", () => {
  expect(shownValue({}, ["https://a:b@c.example", "plain"])).toEqual(["https://[redacted]@c.example", "plain"]);
});

test("whatever a file says, it is taken or refused as settings, and no secret of it is in the message", () =>
  inFolder(async (folder) => {
    const file = join(folder, "a.yaml");
    const value = fc.oneof(
      fc.constant("hush-hush"),
      fc.jsonValue(),
      fc.constantFrom("*hush", "[hush", "'hush", "!hush x"),
    );
    const line = fc.tuple(fc.constantFrom(...SETTINGS), value).map(([{ path }, each]) => {
      const keys = path.map((key, depth) => `${"  ".repeat(depth)}${key}:`).join("\n");
      return `${keys} ${typeof each === "string" ? each : JSON.stringify(each)}`;
    });
    const text = fc.oneof(
      fc.array(line, { maxLength: 3 }).map((lines) => lines.join("\n")),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        writeFileSync(file, written);
        const error = await loadSettings({ file }).then(
          () => undefined,
          (thrown) => thrown,
        );
        if (error === undefined) return;
        expect(error).toMatchObject({ code: "bad-settings", fault: "input" });
        expect(error.message).not.toContain("hush");
      }),
      { numRuns: 300 },
    );
  }));
