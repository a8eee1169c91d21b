/** The examples of MCP and A2A run as they stand, beside a server and, for MCP, by themselves. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ended, type Finished } from "../cli/command.ts";
import { surgery } from "./holders.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples/protocols");
const WORDS = "I have crushing chest pain going into my left arm and I am sweating";

function run(name: string, args: readonly string[], input: string, token = ""): Promise<Finished> {
  const env = { ...process.env, NO_COLOR: "1", ...(token && { ANAMNESIS_TOKEN: token }) };
  const child = spawn(process.execPath, [join(EXAMPLES, name), ...args], { env });
  child.stdin.end(input);
  return ended(child);
}

test("MCP: a consultation to its end, over HTTP and over standard input and output", async () => {
  const { url, tokens } = await surgery();
  for (const [args, token] of [
    [[url], tokens.ann],
    [[], ""],
  ] as const) {
    const { code, out } = await run("mcp.ts", args, `yes\n${WORDS}\n`, token);
    expect(out).toMatch(
      /not a diagnosis[\s\S]*Do you agree[\s\S]*troubles you most[\s\S]*RED FLAG: [\s\S]*Urgency: emergency/,
    );
    expect(code).toBe(0);
  }
  const { code, out } = await run("mcp.ts", [url], "no\n", tokens.ann);
  expect([code, out.includes("troubles you")]).toEqual([0, false]);
});

test("A2A: a consultation to its end, found by its card", async () => {
  const { url, tokens } = await surgery();
  const { code, out } = await run("a2a.ts", [url], `hello\nyes\n${WORDS}\nand more\n`, tokens.ann);
  expect(out).toMatch(
    /^Takes a medical history[\s\S]*Reply YES[\s\S]*\(Yes \/ No\)\nPlease tell me[\s\S]*Artifact: Triage\n[\s\S]*I stop my questions here\./,
  );
  expect(code).toBe(0);
  const refused = await run("a2a.ts", [url], "hello\n");
  expect(refused.code).not.toBe(0);
});
