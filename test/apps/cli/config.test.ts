/** `anamnesis config`: what it prints, from where, and that `serve` and its flags agree with the schema. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { serveCommand } from "../../../apps/cli/serve.ts";
import { conversationFlags, SETTING_OF, settingsOf } from "../../../apps/cli/serve-flags.ts";
import { SETTINGS, Settings, settingsTable, valueAt } from "../../../apps/config/index.ts";
import { anamnesis, inFolder } from "./command.ts";

describe("anamnesis config", () => {
  test("prints every setting redacted, with where it came from, and writes the same as JSON", () =>
    inFolder(async (folder) => {
      const [file, json] = [join(folder, "a.yaml"), join(folder, "out.json")];
      writeFileSync(file, "port: 9000\nchannels:\n  webhook:\n    secret: whsec_hushhushhushhushhushhush\n");
      const { code, out } = await anamnesis(["config", "--config", file, "--min-gain", "0.2", "--json", json]);
      expect(code).toBe(0);
      for (const { name } of SETTINGS) expect(out).toContain(name);
      expect(out).toMatch(new RegExp(`^port +9000 +${file}:1$`, "m"));
      expect(out).toMatch(/^bayes.minGain +0.2 +--min-gain$/m);
      expect(out).toMatch(/^channels.webhook.secret +\[redacted\] +.*:4$/m);
      const written = readFileSync(json, "utf8");
      expect(JSON.parse(written).settings.port).toEqual({ value: 9000, from: `${file}:1` });
      expect(out + written).not.toContain("hush");
    }));

  test("wrong input: exit code 2 and one clear message", () =>
    inFolder(async (folder) => {
      const file = join(folder, "a.yaml");
      writeFileSync(file, "prot: 9000\n");
      for (const verb of ["config", "serve"]) {
        const { code, out, err } = await anamnesis([verb, "--config", file]);
        expect([code, out]).toEqual([2, ""]);
        expect(err).toBe(`anamnesis: ${file}:1: prot: is no setting; did you mean port?\n`);
      }
    }));
});

describe("the flags of serve", () => {
  const flags = serveCommand().options.filter((option) => option.attributeName() !== "config");

  test("stand for one setting each, with the same default", () => {
    const settings = Settings.parse({});
    const wrong = flags.filter((option) => {
      const name = SETTING_OF[option.attributeName()];
      if (name === undefined) return true;
      return JSON.stringify(option.defaultValue) !== JSON.stringify(valueAt(settings, name.split(".")));
    });
    expect(wrong.map(({ flags: told }) => told)).toEqual([]);
  });

  test("give the settings, and these the conversation's flags", async () => {
    const command = serveCommand();
    const args = "--model m --model-price 1,2 --origin a b --agent random --examine --crisis-line Help --budget 4";
    command.action(() => {});
    await command.parseAsync(["node", "serve", ...args.split(" ")]);
    const { settings, sourceOf } = await settingsOf(command);
    expect(settings).toMatchObject({ origins: ["a", "b"], model: { name: "m", price: { input: 1, output: 2 } } });
    expect(sourceOf("model.price.output")).toEqual({ kind: "flag", flag: "--model-price" });
    expect(conversationFlags(settings)).toMatchObject({
      agent: "random",
      budget: 4,
      examine: true,
      model: "m",
      modelPrice: { input: 1, output: 2 },
      emergencyNumber: "112",
      crisisLine: "Help",
    });
  });
});

test("docs/configuration.md shows every setting as the schema has it", async () => {
  const file = join(import.meta.dirname, "../../../docs/configuration.md");
  const [text] = readFileSync(file, "utf8").split(/(?<=## All settings\n)/);
  await expect(`${text}\n${settingsTable()}\n`).toMatchFileSnapshot(file);
});
