/**
 * What a process remembers of conversations that name themselves by their messages alone. A *tip* is the newest answer of
 * a consultation: whoever sends the list that ends with it goes on there, once; a second one has branched off. A *request*
 * that is sent again within a while is led to where it went before. Bounded, and in memory only: what is forgotten is
 * replayed.
 */

export interface Tip {
  readonly consultation: string;
  /** How many events there were when it was told. */
  readonly seq: number;
}

/** Where a request went. */
export interface Place {
  readonly consultation: string;
  /** Which message of the list is the first that is said there. */
  readonly first: number;
}

export interface Tips {
  remember(mark: string, tip: Tip): void;
  /** Takes the tip: nobody else goes on with it. */
  take(mark: string): Tip | undefined;
  /** Where the same request went a moment ago; else what `find` says, which is remembered unless it fails. */
  placed(request: string, now: number, find: () => Promise<Place>): Promise<Place>;
  /** From now on it is a while since the request: until it is answered, it is never too late to send it again. */
  answered(request: string, now: number): void;
  forget(request: string): void;
}

/** Milliseconds after an answer in which the same request counts as sent again. */
const AGAIN_MS = 120_000;
const MOST = 20_000;

export function tips(): Tips {
  const byMark = new Map<string, Tip>();
  const requests = new Map<string, { readonly place: Promise<Place>; readonly until: number }>();
  return {
    remember(mark, tip) {
      byMark.delete(mark);
      byMark.set(mark, tip);
      shorten(byMark);
    },
    take(mark) {
      const tip = byMark.get(mark);
      byMark.delete(mark);
      return tip;
    },
    placed(request, now, find) {
      const before = requests.get(request);
      if (before && now < before.until) return before.place;
      const place = find();
      requests.delete(request);
      requests.set(request, { place, until: Number.POSITIVE_INFINITY });
      place.catch(() => requests.delete(request));
      shorten(requests);
      return place;
    },
    answered(request, now) {
      const before = requests.get(request);
      if (before) requests.set(request, { ...before, until: now + AGAIN_MS });
    },
    forget(request) {
      requests.delete(request);
    },
  };
}

/** The oldest are let go of. */
function shorten(map: Map<string, unknown>): void {
  if (map.size > MOST) map.delete(map.keys().next().value as string);
}
