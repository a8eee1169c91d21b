/** What the README shows is what the command prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anamnesis } from "./command.ts";

const README = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");

test("the first command of the README prints the consultation that the README shows", async () => {
  const [, command, excerpt] = /npx anamnesis (consult[^\n]*)\n```[\s\S]*?\n```\n([\s\S]*?)```/.exec(README)!;
  const { code, out } = await anamnesis(command!.split(" "));
  expect(code).toBe(0);
  expect(out).toContain(excerpt!);
});
