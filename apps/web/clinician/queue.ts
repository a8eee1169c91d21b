/** Keeps up with the queue: reads it now and then while the page is looked at, and says what came new. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Refusal } from "../rest.ts";
import { type Queue, readQueue, readUndelivered, type Undelivered } from "./calls.ts";
import { newsText } from "./words.ts";

/** The token, wrapped: to give the same one again is to try again. */
export interface Access {
  readonly token: string | undefined;
}

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
const FINAL: ReadonlySet<string> = new Set(["unauthorized", "forbidden", "not-on-duty"]);

export function useQueue(access: Access): Watch {
  const [watched, setWatched] = useState<Watched>();
  const [refused, setRefused] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [news, setNews] = useState("");
  const look = useRef(() => {});

  useEffect(() => {
    const { token } = access;
    let isOver = false;
    let isUnderWay = false;
    let isWantedAgain = false;
    let timer: ReturnType<typeof setTimeout>;
    let known: ReadonlySet<string> | undefined;
    const read = async (): Promise<void> => {
      const [queue, undelivered] = await Promise.all([readQueue(token), readUndelivered(token)]);
      if (isOver) return;
      setProblem(undefined);
      setRefused(undefined);
      setWatched({ queue, undelivered });
      const arrived = known ? queue.waiting.filter(({ consultation }) => !known!.has(consultation)) : [];
      if (arrived.length > 0) setNews(newsText(arrived, queue.waiting.length));
      known = new Set(queue.waiting.map(({ consultation }) => consultation));
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
    look.current = goOn;
    document.addEventListener("visibilitychange", goOn);
    goOn();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", goOn);
    };
  }, [access]);
  return { watched, refused, problem, news, lookNow: useCallback(() => look.current(), []) };
}
