/** What becomes of something thrown while a request is answered, over whatever wire: the log hears of faults of our own. */
import { refusalOf, type ServerError } from "./errors.ts";
import { type Log, traceOf } from "./log.ts";

/** What may be told of it. */
export function refused(thrown: unknown, log: Log): ServerError {
  const refusal = refusalOf(thrown);
  if (refusal.code === "internal") log("error", { event: "internal", error: traceOf(thrown) });
  return refusal;
}
