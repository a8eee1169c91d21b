/** `run.json`: how a run stands, for people and for programs that look at many. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../durable.ts";
import type { RunConfig } from "./config.ts";
import { type RunPaths, writeWhole } from "./directory.ts";

export interface RunStatus {
  readonly status: "running" | "finished" | "stopped" | "interrupted" | "failed";
  /** Why it ended so. */
  readonly reason?: string | undefined;
  readonly step?: number | undefined;
  readonly generations?: number | undefined;
  /** The best look at held-out cases. */
  readonly best?: { readonly step: number; readonly accuracy: number } | undefined;
}

export async function writeStatus(paths: RunPaths, config: RunConfig, status: RunStatus): Promise<void> {
  const before = JSON.parse(await readFile(paths.run, "utf8").catch(() => "{}")) as { begun?: string };
  const now = new Date().toISOString();
  const record = {
    ...before,
    begun: before.begun ?? now,
    changed: now,
    seed: config.seed,
    config: `sha256:${sha256(JSON.stringify(config))}`,
    versions: { anamnesis: await packageVersion(), node: process.versions.node },
    reason: undefined,
    ...status,
  };
  await writeWhole(paths.run, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Found from the sources and from the built package alike. */
async function packageVersion(): Promise<string> {
  for (const up of ["../..", "../../.."]) {
    const text = await readFile(join(import.meta.dirname, up, "package.json"), "utf8").catch(() => undefined);
    if (text) return (JSON.parse(text) as { version: string }).version;
  }
  return "unknown";
}
