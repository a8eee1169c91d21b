/** The examples of chat completions and AG-UI run as they stand, against a server of their own. */
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { protocolEndpoints } from "../../../apps/protocols/index.ts";
import { ended } from "../cli/command.ts";
import { serving } from "../server/serving.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples/protocols");
const TOKEN = "t".repeat(43);

async function chat(name: string, audience: "patient" | "clinician", lines: readonly string[]): Promise<string> {
  const tokens = [{ name: "clinic", audience, sha256: hash("sha256", TOKEN, "hex") }];
  const { url } = await serving({ tokens, endpoints: protocolEndpoints });
  const env = { ...process.env, NO_COLOR: "1", ANAMNESIS_TOKEN: TOKEN };
  const child = spawn(process.execPath, [join(EXAMPLES, name), url], { env });
  child.stdin.end(`${lines.join("\n")}\n`);
  const { code, out, err } = await ended(child);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

const lines = ["hello", "yes", "I have a runny nose and a sore throat", "not sure", "I cough up a lot of blood"];

describe.each(["openai.ts", "ag-ui.ts"])("examples/protocols/%s", (name) => {
  test("holds a consultation", async () => {
    const out = await chat(name, "patient", lines);
    expect(out).toContain("Reply YES");
    expect(out).toContain("what troubles you most");
    expect(out).toMatch(/\?\s+\(.*Not sure\)/);
    expect(out).toContain("I stop my questions here.");
    expect(out).not.toContain("%");
  });
});

test("examples/protocols/ag-ui.ts shows clinicians the differential", async () => {
  const out = await chat("ag-ui.ts", "clinician", lines.slice(0, 3));
  expect(out).toMatch(/\+ sore throat/);
  expect(out).toMatch(/ \d+ % [A-Z]/);
});
