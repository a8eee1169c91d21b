/** Keeps up with what is held: asks now and then which batch waits, and reads it when it is another one. */
import { useEffect, useState } from "react";
import { Refusal } from "../rest.ts";
import { type Pending, readBatch, readState } from "./calls.ts";

export type Held =
  | { readonly status: "connecting" }
  /** No batch waits. */
  | { readonly status: "none" }
  | { readonly status: "held"; readonly pending: Pending }
  /** Not to be seen with this token, or not on this server. */
  | { readonly status: "refused"; readonly code: string };

const EVERY_MS = 1_000;
const FINAL: ReadonlySet<string> = new Set(["unauthorized", "forbidden", "not-found"]);

/** `problem`: why it is not known at the moment what is held. */
export function useHeld(token: string | undefined): { readonly held: Held; readonly problem: string | undefined } {
  const [held, setHeld] = useState<Held>({ status: "connecting" });
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    let shown: string | undefined;
    const look = async (): Promise<void> => {
      const state = await readState(token);
      const pending = state && state.digest !== shown ? await readBatch(token) : undefined;
      if (isOver) return;
      setProblem(undefined);
      if (pending) setHeld({ status: "held", pending });
      if (!state) setHeld((before) => (before.status === "none" ? before : { status: "none" }));
      shown = pending?.digest ?? state?.digest;
    };
    const goOn = (): void => {
      look()
        .catch((error: unknown) => {
          if (isOver) return;
          const { code, message } = error instanceof Refusal ? error : { code: "internal", message: String(error) };
          setProblem(FINAL.has(code) ? undefined : message);
          if (!FINAL.has(code)) return;
          setHeld({ status: "refused", code });
          isOver = true;
        })
        .finally(() => {
          if (!isOver) timer = setTimeout(goOn, EVERY_MS);
        });
    };
    goOn();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [token]);
  return { held, problem };
}
