/** The door of the traces. */
export { openTracing } from "./open.ts";
export { tracedStore, tracedTurn } from "./parts.ts";
export { type Marks, type Tracing, untraced } from "./types.ts";
