/** Runs a verb in this process: exit code as `main.ts` gives it, and what was printed. */
import type { Command } from "commander";
import { vi } from "vitest";
import { AnamnesisError } from "../../../src/index.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
}

export async function run(command: Command, ...args: string[]): Promise<Ran> {
  let out = "";
  const print = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await command.exitOverride().parseAsync(args, { from: "user" });
    return { code: Number(process.exitCode ?? 0), out };
  } catch (error) {
    if (!(error instanceof AnamnesisError)) throw error;
    return { code: error.fault === "input" ? 2 : 1, out: out + error.message };
  } finally {
    process.exitCode = before;
    print.mockRestore();
  }
}
