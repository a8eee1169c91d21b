/** An export brought in line with a store: what may be exported is in it afterwards, and nothing else. */
import type { KnowledgeBase } from "../../src/index.ts";
import { dialogueOf } from "./dialogue.ts";
import { exportFile, holding, prepareExport, replaceRecords } from "./directory.ts";
import { labelledCases } from "./labelled.ts";
import { openPseudonyms, requireApart } from "./pseudonyms.ts";
import { agreesToTraining, keptIn } from "./reading.ts";
import { loadRedactionVocabulary } from "./redacting.ts";
import type { ExportKind, LeftOut } from "./types.ts";

export interface ExportOptions {
  /** As on the command line: `file:DIR`, `redis://…`. */
  readonly store: string;
  readonly directory: string;
  readonly kind: ExportKind;
  readonly keyFile: string;
  /** What the consultations are coded in, and whose words stay. */
  readonly base: KnowledgeBase;
}

export interface Exported {
  readonly file: string;
  readonly records: number;
  /** Records of before that are gone. */
  readonly gone: number;
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

export async function exportRecords({ store, directory, kind, keyFile, base }: ExportOptions): Promise<Exported> {
  await requireApart(keyFile, directory);
  const vocabulary = await loadRedactionVocabulary(base);
  const pseudonyms = await openPseudonyms(keyFile, { make: true });
  await prepareExport(directory, pseudonyms.mark);
  const cases = labelledCases(base, vocabulary);
  // The store is read while the export is held: a deletion meanwhile finds the record in it, or waits.
  return holding(directory, async () => {
    const leftOut: Partial<Record<LeftOut, number>> = {};
    const records: { id: string }[] = [];
    for await (const events of keptIn(store)) {
      const record =
        events === undefined
          ? "altered"
          : !agreesToTraining(events)
            ? "not-agreed"
            : kind === "cases"
              ? cases.of(events, pseudonyms.of(events[0]!.consultation))
              : dialogueOf(events, pseudonyms.of(events[0]!.consultation), vocabulary);
      if (typeof record === "string") leftOut[record] = (leftOut[record] ?? 0) + 1;
      else records.push(record);
    }
    const gone = await replaceRecords(directory, kind, records);
    return { file: exportFile(directory, kind), records: records.length, gone, leftOut };
  });
}
