/** What a player keeps of the consultations under way; it can be rebuilt, so the oldest make room. */
export interface Remembered<T> {
  get(consultation: string): T | undefined;
  set(consultation: string, value: T): void;
  drop(consultation: string): void;
}

/** Consultations that are kept at most. */
const KEPT = 10_000;

export function remembered<T>(): Remembered<T> {
  const kept = new Map<string, T>();
  return {
    get: (consultation) => kept.get(consultation),
    set(consultation, value) {
      kept.delete(consultation);
      kept.set(consultation, value);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    },
    drop: (consultation) => kept.delete(consultation),
  };
}
