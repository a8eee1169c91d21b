/** One dossier as it is worked on: read, kept up with, drafted over, decided on. The draft is kept in this tab until it is sent. */
import { useCallback, useEffect, useState } from "react";
import { Refusal } from "../rest.ts";
import { type Dossier, type QueueEntry, type Review, readDossier, sendReview } from "./calls.ts";
import { blank, type Draft, isBlank, isOvertaken, reviewOf } from "./draft.ts";
import { keepDraft, keptDraft } from "./kept-draft.ts";

export interface File {
  readonly dossier: Dossier | undefined;
  readonly draft: Draft;
  /** Something happened since the dossier was read, or since the draft was begun. */
  readonly isStale: boolean;
  /** Why it could not be read or decided on. */
  readonly fault: string | undefined;
  readonly isBusy: boolean;
  change(draft: Draft): void;
  /** Reads it anew; the draft lies over what is read. */
  load(): void;
  decide(decision: Review["decision"]): void;
}

interface Options {
  readonly consultation: string;
  /** As the queue has it now. */
  readonly entry: QueueEntry | undefined;
  readonly token: string | undefined;
  readonly onDecided: (dossier: Dossier) => void;
}

/** The server's words for: it is not what was read any more. */
const CHANGED: ReadonlySet<string> = new Set(["review-changed", "not-waiting"]);

/** What of an entry matters for a decision. */
const materialOf = ({ notified: _, ...entry }: QueueEntry): string => JSON.stringify(entry);

export function useFile({ consultation, entry, token, onDecided }: Options): File {
  const [dossier, setDossier] = useState<Dossier>();
  const [draft, setDraft] = useState<Draft>(() => keptDraft(consultation) ?? blank(0));
  const [isStale, setStale] = useState(false);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const change = (next: Draft): void => {
    setFault(undefined);
    setDraft(next);
    keepDraft(consultation, next);
  };
  const read = useCallback(async (): Promise<Dossier> => {
    const found = await readDossier(consultation, token);
    setDossier(found);
    setFault(undefined);
    return found;
  }, [consultation, token]);
  const failed = useCallback(
    (error: Error): void => {
      const isGone = error instanceof Refusal && error.code === "not-found";
      if (isGone) keepDraft(consultation);
      setFault(isGone ? "This consultation is not in the queue any more." : error.message);
    },
    [consultation],
  );

  useEffect(() => {
    const begun = keptDraft(consultation);
    read().then((found) => {
      if (begun) setStale(isOvertaken(begun, found));
      else setDraft(blank(found.seq));
    }, failed);
  }, [consultation, read, failed]);

  const now = entry && materialOf(entry);
  const shown = dossier && materialOf(dossier.entry);
  const isUntouched = isBlank(draft);
  useEffect(() => {
    if (now === undefined || shown === undefined || now === shown || isBusy) return;
    if (isUntouched) read().then(({ seq }) => setDraft(blank(seq)), failed);
    else setStale(true);
  }, [now, shown, isUntouched, isBusy, read, failed]);

  const load = (): void => {
    read().then(({ seq }) => {
      change({ ...draft, seq });
      setStale(false);
    }, failed);
  };
  const decide = (decision: Review["decision"]): void => {
    if (!dossier) return;
    setBusy(true);
    setFault(undefined);
    sendReview(consultation, reviewOf(draft, dossier, decision), token)
      .then(
        (decided) => {
          setDossier(decided);
          change(blank(decided.seq));
          setStale(false);
          onDecided(decided);
        },
        (error: Error) => {
          const { code } = error instanceof Refusal ? error : { code: "internal" };
          if (CHANGED.has(code)) setStale(true);
          else if (code === "unreachable") setFault("The server cannot be reached. Nothing was decided; try it again.");
          else failed(error);
        },
      )
      .finally(() => setBusy(false));
  };
  return { dossier, draft, isStale, fault, isBusy, change, load, decide };
}
