/** How the heap of a server's process may grow. */
import { setFlagsFromString } from "node:v8";

/**
 * Lets the old generation grow to three times what is alive before it is collected again, where V8 by itself collects at
 * less than half as much more: with ten thousand consultations alive each collection costs the answers of a second a
 * tenth of it. Costs memory while there is some; the limit of the heap stands. V8 looks at the flag at each collection.
 */
export function collectSeldom(): void {
  setFlagsFromString("--heap-growing-percent=200");
}
