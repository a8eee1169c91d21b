/** Where settings come from, which source wins, and what is said of those that are wrong. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Given, loadSettings, type SettingsSources } from "../../../apps/config/index.ts";
import { inFolder } from "../cli/command.ts";

const flag = (name: string, value: unknown, flag: string): Given => ({ name, value, source: { kind: "flag", flag } });

/** With a file of that text. */
function fromFile(text: string, use: (load: (more?: SettingsSources) => ReturnType<typeof loadSettings>) => unknown) {
  return inFolder(async (folder) => {
    const file = join(folder, "anamnesis.yaml");
    writeFileSync(file, text);
    await use((more) => loadSettings({ file, ...more }));
  });
}

describe("precedence", () => {
  test("nothing given: the defaults", async () => {
    const { settings, sourceOf } = await loadSettings({});
    expect(settings).toMatchObject({ port: 8080, store: "memory", limits: { queue: 8 }, log: { level: "info" } });
    expect(settings.channels).toEqual({});
    expect(sourceOf("port")).toEqual({ kind: "default" });
  });

  test("a flag before a variable before the file before the default", () =>
    fromFile("port: 1\nhost: file\nbudget: 3\nlimits: {queue: 4}\n", async (load) => {
      const env = { ANAMNESIS_PORT: "2", ANAMNESIS_HOST: "environment" };
      const { settings, sourceOf } = await load({ env, flags: [flag("port", 3, "--port")] });
      expect(settings).toMatchObject({ port: 3, host: "environment", budget: 3, goal: "diagnosis" });
      expect(settings.limits).toMatchObject({ queue: 4, events: 2_000 });
      expect(sourceOf("port")).toEqual({ kind: "flag", flag: "--port" });
      expect(sourceOf("host")).toEqual({ kind: "environment", variable: "ANAMNESIS_HOST" });
      expect(sourceOf("budget")).toMatchObject({ kind: "file", line: 3 });
      expect(sourceOf("limits.queue")).toMatchObject({ kind: "file", line: 4 });
      expect(sourceOf("limits.events")).toEqual({ kind: "default" });
    }));

  test("ANAMNESIS_CONFIG names the file", () =>
    inFolder(async (folder) => {
      const file = join(folder, "a.yaml");
      writeFileSync(file, "port: 5\n");
      expect((await loadSettings({ env: { ANAMNESIS_CONFIG: file } })).settings.port).toBe(5);
    }));

  test("variables fill in what the file's section leaves out", () =>
    fromFile("channels:\n  telegram:\n    path: /bots/telegram\n", async (load) => {
      const { settings } = await load({ env: { ANAMNESIS_CHANNELS_TELEGRAM_SECRET_TOKEN: "correct-horse" } });
      expect(settings.channels).toEqual({ telegram: { path: "/bots/telegram", secretToken: "correct-horse" } });
    }));

  test("what is empty, in the file or a variable, counts as not given", () =>
    fromFile("port:\ntracing:\n", async (load) => {
      expect((await load({ env: { ANAMNESIS_STORE: "" } })).settings).toMatchObject({ port: 8080, store: "memory" });
    }));
});

describe("a variable", () => {
  test("is read as the setting's kind", async () => {
    const env = {
      ANAMNESIS_BAYES_EXAMINE: "true",
      ANAMNESIS_TRACING_RATIO: "0.25",
      ANAMNESIS_ORIGINS: "https://a.example, https://b.example",
      ANAMNESIS_MODEL_PRICE_INPUT: "0.25",
      ANAMNESIS_MODEL_PRICE_OUTPUT: "2",
    };
    const { settings } = await loadSettings({ env });
    expect(settings.bayes.examine).toBe(true);
    expect(settings.tracing.ratio).toBe(0.25);
    expect(settings.origins).toEqual(["https://a.example", "https://b.example"]);
    expect(settings.model.price).toEqual({ input: 0.25, output: 2 });
  });

  test("with _FILE names the file of a secret, whose last line end does not count", () =>
    inFolder(async (folder) => {
      const file = join(folder, "token");
      writeFileSync(file, "correct-horse\n");
      const env = { ANAMNESIS_CHANNELS_RASA_TOKEN_FILE: file };
      const { settings, sourceOf } = await loadSettings({ env });
      expect(settings.channels.rasa?.token).toBe("correct-horse");
      expect(sourceOf("channels.rasa.token")).toEqual({
        kind: "environment",
        variable: "ANAMNESIS_CHANNELS_RASA_TOKEN_FILE",
      });
    }));

  test("of OpenTelemetry is taken where ours is not set", async () => {
    const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://theirs:4318" };
    expect((await loadSettings({ env: otel })).settings.tracing.endpoint).toBe("http://theirs:4318");
    const both = { ...otel, ANAMNESIS_TRACING_ENDPOINT: "http://ours:4318" };
    expect((await loadSettings({ env: both })).settings.tracing.endpoint).toBe("http://ours:4318");
  });

  test("that another verb reads is left to it", async () => {
    await loadSettings({ env: { ANAMNESIS_TOKEN: "x", ANAMNESIS_PYTHON: "/usr/bin/python3", HOME: "/" } });
  });
});

describe("what is wrong", () => {
  test.each([
    ["an unknown key", "prot: 80\n", {}, /anamnesis\.yaml:1: prot: is no setting; did you mean port\?/],
    ["an unknown key of a section", "log:\n  levle: info\n", {}, /yaml:2: log\.levle: .* did you mean log\.level\?/],
    ["another way of writing", "token_file: a\n", {}, /did you mean tokenFile\?/],
    ["a key of another section", "secretToken: a\n", {}, /did you mean channels\.telegram\.secretToken\?/],
    ["a wrong type", "host: a\nport: many\n", {}, /yaml:2: port: expected number/],
    ["a value that is none of several", "log: {level: loud}\n", {}, /yaml:1: log\.level: .*"trace"/],
    ["a value instead of a section", "channels: telegram\n", {}, /yaml:1: channels: expected object/],
    ["a missing secret", "channels:\n  rasa: {path: /r}\n", {}, /yaml:2: .*rasa\.token: is missing.*RASA_TOKEN_FILE/],
    ["a short secret", "channels: {rasa: {token: a}}\n", {}, /rasa\.token: Too small/],
    [
      "two channels at one path",
      `channels: {rasa: {token: ${"a".repeat(9)}, path: /a}, telegram: {secretToken: ${"b".repeat(9)}, path: /a}}\n`,
      {},
      /is the path of/,
    ],
    ["a path of the server's own", `channels: {rasa: {token: ${"a".repeat(9)}, path: /v1/x}}\n`, {}, /server's own/],
    ["an unknown store", "store: mysql://x\n", {}, /store: expected memory, file:DIR/],
    ["a key given twice", "port: 1\nport: 2\n", {}, /yaml:2: this key is given twice/],
    ["no YAML", "port: [1\n", {}, /anamnesis\.yaml:\d: is no YAML/],
    ["no mapping", "- port\n", {}, /yaml:1: expected settings/],
    [
      "an unknown variable",
      "",
      { ANAMNESIS_PROT: "1" },
      /ANAMNESIS_PROT: is no setting; did you mean ANAMNESIS_PORT\?/,
    ],
    ["a variable that is no number", "", { ANAMNESIS_PORT: "tcp://10.0.0.1" }, /ANAMNESIS_PORT: expected a number/],
    ["a variable out of range", "", { ANAMNESIS_PORT: "70000" }, /ANAMNESIS_PORT: Too big/],
    [
      "a secret twice",
      "",
      { ANAMNESIS_CHANNELS_RASA_TOKEN: "a", ANAMNESIS_CHANNELS_RASA_TOKEN_FILE: "b" },
      /_FILE: stands beside/,
    ],
    [
      "a secret's file that is not there",
      "",
      { ANAMNESIS_CHANNELS_RASA_TOKEN_FILE: "/nowhere" },
      /\/nowhere cannot be read/,
    ],
  ])("%s: named with its place", (_, text, env, message) =>
    fromFile(text, async (load) => {
      await expect(load({ env })).rejects.toThrow(message);
      await expect(load({ env })).rejects.toMatchObject({ code: "bad-settings", fault: "input" });
    }),
  );

  test("all at once, one a line", () =>
    fromFile("port: many\nbudget: -1\n", async (load) => {
      await expect(load({ env: { ANAMNESIS_HOTS: "x" } })).rejects.toThrow(
        /ANAMNESIS_HOTS: .*\n.*yaml:1: port: .*\n.*yaml:2: budget: /,
      );
    }));

  test("is never quoted: it may be a secret", () =>
    fromFile(
      "port: correct-horse\nstore: correct-horse\nlog: {level: correct-horse}\nchannels: correct-horse\n",
      async (load) => {
        const refused: Error = await load({ env: { ANAMNESIS_BUDGET: "correct-horse" } }).then(
          () => new Error("was taken"),
          (error) => error,
        );
        expect(refused.message).toContain("log.level");
        expect(refused.message).not.toContain("horse");
      },
    ));

  test("in the form of the file is not quoted either", () =>
    fromFile('channels:\n  rasa:\n    token: "correct-horse\n', async (load) => {
      await expect(load()).rejects.not.toThrow(/horse/);
    }));
});
