/** The right to the queue: on a token, for clinicians alone. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addToken, readTokenFile, withTokens } from "../../../apps/server/tokens.ts";
import { anamnesis } from "../cli/command.ts";
import { folder } from "./ward.ts";

test("a token made with --queue has it, another has not", async () => {
  const file = join(await folder(), "tokens.json");
  const flags = ["--file", file, "--name", "grey", "--audience", "clinician", "--queue"];
  const { code, out } = await anamnesis(["serve", "token", ...flags]);
  expect(code).toBe(0);
  const grey = out.trim();
  const who = await addToken(file, "who", "clinician");
  const authenticate = withTokens(await readTokenFile(file));
  expect(authenticate(grey)).toEqual({ name: "grey", audience: "clinician", queue: true });
  expect(authenticate(who)).toEqual({ name: "who", audience: "clinician" });
  expect(await readFile(file, "utf8")).not.toContain(grey);
});

test("a patient's token cannot have it, made or written by hand", async () => {
  const file = join(await folder(), "tokens.json");
  await expect(addToken(file, "ada", "patient", true)).rejects.toMatchObject({ code: "bad-token" });
  const sha256 = "0".repeat(64);
  await writeFile(file, JSON.stringify({ tokens: [{ name: "ada", audience: "patient", sha256, queue: true }] }));
  await expect(readTokenFile(file)).rejects.toMatchObject({ code: "bad-token-file" });
});
