/** The example client runs as it stands, against a server that was started. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedConversation } from "../../../apps/server/conversation.ts";
import { ended, type Finished } from "../cli/command.ts";
import { serving } from "../server/serving.ts";
import { base, core, lexicon } from "./starter.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/diagnosis-api.ts");

async function ran(lines: readonly string[], ...person: string[]): Promise<Finished> {
  const conversation = servedConversation(base, core, { budget: 4, lexicon, safety: { emergencyNumber: "999" } });
  const { url } = await serving({ conversation });
  const child = spawn(process.execPath, [EXAMPLE, url, ...person], { env: { ...process.env, NO_COLOR: "1" } });
  child.stdin.end(`${lines.join("\n")}\n`);
  return ended(child);
}

test("it asks until the interview is over, and ends with a level", async () => {
  const { code, out, err } = await ran(
    ["I have a dry cough and a fever", "no", "no", "not sure", "no"],
    "female",
    "34",
  );
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("(cough: present)");
  expect(out.match(/\?\n/g)!.length).toBe(5);
  expect(out).toMatch(/^(> )?\w+: .*not a diagnosis/m);
});

test("it says that a level is preliminary where nobody answers any more", async () => {
  const { code, out } = await ran(["I have a dry cough and a fever"], "female", "34");
  expect(code).toBe(0);
  expect(out).toMatch(/^(> )?so far \w+: /m);
});

test("it stops at a red flag with the local number", async () => {
  const { out } = await ran(["crushing chest pain and a cold sweat"], "male", "60");
  expect(out).toMatch(/^(> )?emergency_ambulance: .*Call 999 now\./m);
});

test("it asks nothing of somebody in despair", async () => {
  const { code, out } = await ran(["I want to kill myself"], "male", "60");
  expect(code).toBe(0);
  expect(out).toContain("call 999");
  expect(out).not.toContain("emergency_ambulance:");
});
