/** The project's own format: one `Case` a line, as `cases --convert` writes it. */
import type { KnowledgeBase } from "../../src/index.ts";
import { Case, type CaseSource, type SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";
import { fieldOf } from "../knowledge/faults.ts";
import { caseChecker } from "./case-integrity.ts";
import { openJsonLines } from "./json-lines.ts";
import { maskLabel } from "./masking.ts";

export interface JsonlOptions extends SourceOptions {
  /** What coded cases are coded in. Without it, codes are taken as they stand. */
  readonly base?: KnowledgeBase;
}

export async function openJsonl(file: string, options: JsonlOptions = {}): Promise<CaseSource> {
  const { base } = options;
  const checkCoded = caseChecker(base);
  const checkNarrative = caseChecker();
  const toCase = (row: Case): Case => {
    // A narrative case may list codes of another vocabulary beside its facts; nobody asks for them.
    const isNarrative = row.facts.length > 0 && row.label.condition === undefined;
    const [fault] = isNarrative ? checkNarrative(row) : checkCoded(row);
    if (fault) {
      const isForeign = base !== undefined && fault.message.endsWith("in the knowledge base");
      const advice = isForeign ? ` ${base.id}; another is named with --knowledge` : "";
      throw new CaseError(fault.code, fault.message + advice, { place: { field: fieldOf(fault.path) } });
    }
    return maskLabel(row);
  };
  return openJsonLines({ name: file, file, row: Case, base, toCase, repairs: () => [] }, options);
}
