/** The vocabulary that exports use: the starter's words and the project's own lists. */
import { loadRedactionVocabulary } from "../../../apps/records/redacting.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { redact } from "../../../src/index.ts";

export const vocabulary = await loadRedactionVocabulary(await loadKnowledgeBase(STARTER_DIRECTORY));
export const redacted = (text: string): string => redact(text, vocabulary).text;
