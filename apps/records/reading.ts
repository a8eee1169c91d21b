/** The consultations of a store, as they were stored, beside a running server; altered ones are told of and not read. */
import { z } from "zod";
import { ConsultationEvent, verifyChain } from "../../src/index.ts";
import { parsedJson, sha256 } from "../server/stores/entry.ts";
import { type Transcript, transcriptsOf } from "../server/stores/transcripts.ts";

/** Undefined: not what was stored. */
export type Kept = readonly ConsultationEvent[] | undefined;

const Stored = z.object({ event: ConsultationEvent });

export async function* keptIn(store: string): AsyncGenerator<Kept> {
  for await (const transcript of transcriptsOf(store)) if (transcript.lines.length > 0) yield keptOf(transcript);
}

function keptOf({ consultation, belongs, lines }: Transcript): Kept {
  const items = lines.map(parsedJson);
  if (!verifyChain(items, sha256, consultation).whole) return undefined;
  const events = items.map((item) => Stored.parse(item).event);
  return belongs(events[0]!.consultation) ? events : undefined;
}

/** Whether the person agreed that their words, redacted, may be used for training. The latest word counts. */
export function agreesToTraining(events: readonly ConsultationEvent[]): boolean {
  return events.findLast((event) => event.type === "consented")?.training === true;
}
