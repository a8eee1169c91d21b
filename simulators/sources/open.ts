/** Opens a case source by the name a user gives it: `starter`, `ddxplus:DIR`, `agentclinic:FILE` … or `FILE.jsonl`. */
import type { KnowledgeBase } from "../../src/index.ts";
import type { CaseSource, SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../knowledge/authored.ts";
import { sampledSource } from "../sampling.ts";
import { openAgentClinic } from "./agentclinic.ts";
import { openDdxplus } from "./ddxplus.ts";
import { openJsonl } from "./jsonl.ts";
import { openMediq } from "./mediq.ts";
import { openPhenopackets } from "./phenopackets.ts";

export const SOURCE_FORMS =
  "starter, ddxplus:DIR[/FILE.csv], agentclinic:FILE, mediq:FILE, phenopackets:FILE, FILE.jsonl";

export interface OpenOptions extends SourceOptions {
  /** What the cases of a JSONL file are coded in; without it their labels are open. */
  readonly base?: KnowledgeBase;
}

/** Throws `CaseError` where the name has no known form or the source cannot be opened. */
export async function openCaseSource(name: string, options: OpenOptions = {}): Promise<CaseSource> {
  if (name === "starter") return sampledSource(name, await loadKnowledgeBase(STARTER_DIRECTORY), options);
  const [, format, path] = /^([a-z]+):(.+)$/.exec(name) ?? [];
  switch (format) {
    case "ddxplus":
      return openDdxplus(path!, options);
    case "agentclinic":
      return openAgentClinic(path!, options);
    case "mediq":
      return openMediq(path!, options);
    case "phenopackets":
      return openPhenopackets(path!, options);
  }
  if (name.endsWith(".jsonl")) return openJsonl(name, options);
  throw new CaseError("unknown-source", `no case source "${name}"; give one of: ${SOURCE_FORMS}`);
}
