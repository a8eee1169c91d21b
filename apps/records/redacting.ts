/** Redaction with the project's own word lists, and a count of what it took out. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { STARTER_DIRECTORY } from "../../simulators/index.ts";
import { type KnowledgeBase, type RedactionVocabulary, redact, redactionVocabulary } from "../../src/index.ts";

/** The lists lie beside the starter knowledge base. */
const LISTS = join(STARTER_DIRECTORY, "..", "redaction");

export async function loadRedactionVocabulary(base: KnowledgeBase): Promise<RedactionVocabulary> {
  const [everyday, names] = await Promise.all(
    ["everyday.txt", "names.txt"].map((name) => readFile(join(LISTS, name), "utf8")),
  );
  return redactionVocabulary({ base, everyday: everyday!, names: names! });
}

export interface Redactor {
  (text: string): string;
  /** Brackets so far. */
  readonly count: number;
}

export function redactor(vocabulary: RedactionVocabulary): Redactor {
  let count = 0;
  const redacting = (text: string): string => {
    const redacted = redact(text, vocabulary);
    count += redacted.redactions.length;
    return redacted.text;
  };
  return Object.defineProperty(redacting, "count", { get: () => count }) as Redactor;
}
