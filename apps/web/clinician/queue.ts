/** Keeps up with the queue: reads it now and then while the page is looked at, and says what came new. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Refusal } from "../rest.ts";
import { type Queue, readQueue, readUndelivered, type Undelivered } from "./calls.ts";

export interface Watched {
  readonly queue: Queue;
  readonly undelivered: Undelivered["undelivered"];
}

export interface Watch {
  /** Undefined until it was read once. */
  readonly watched: Watched | undefined;
  /** Not to be seen with this token. */
  readonly refused: string | undefined;
  /** Why it is not known at the moment how the queue stands. */
  readonly problem: string | undefined;
  /** What came new last, to be read out. */
  readonly news: string;
  readonly lookNow: () => void;
}

const EVERY_MS = 3_000;
const FINAL: ReadonlySet<string> = new Set(["unauthorized", "forbidden", "not-found"]);

export function useQueue(token: string | undefined): Watch {
  const [watched, setWatched] = useState<Watched>();
  const [refused, setRefused] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [news, setNews] = useState("");
  const look = useRef(() => {});

  useEffect(() => {
    let isOver = false;
    let isUnderWay = false;
    let isWantedAgain = false;
    let timer: ReturnType<typeof setTimeout>;
    let known: ReadonlySet<string> | undefined;
    const read = async (): Promise<void> => {
      const [queue, undelivered] = await Promise.all([readQueue(token), readUndelivered(token)]);
      if (isOver) return;
      setProblem(undefined);
      setWatched({ queue, undelivered });
      const waiting = queue.waiting.map(({ consultation }) => consultation);
      const arrived = known ? waiting.filter((id) => !known!.has(id)).length : 0;
      if (arrived > 0) setNews(arrived === 1 ? "1 more consultation waits." : `${arrived} more consultations wait.`);
      known = new Set(waiting);
    };
    const goOn = (): void => {
      clearTimeout(timer);
      isWantedAgain = isUnderWay;
      if (isOver || isUnderWay || document.hidden) return;
      isUnderWay = true;
      read()
        .catch((error: unknown) => {
          if (isOver) return;
          const { code, message } = error instanceof Refusal ? error : { code: "internal", message: String(error) };
          if (FINAL.has(code)) {
            setRefused(code);
            isOver = true;
          } else setProblem(message);
        })
        .finally(() => {
          isUnderWay = false;
          if (!isOver) timer = setTimeout(goOn, isWantedAgain ? 0 : EVERY_MS);
        });
    };
    setRefused(undefined);
    look.current = goOn;
    document.addEventListener("visibilitychange", goOn);
    goOn();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", goOn);
    };
  }, [token]);
  return { watched, refused, problem, news, lookNow: useCallback(() => look.current(), []) };
}
