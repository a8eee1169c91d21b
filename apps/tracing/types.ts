/**
 * The port of traces. A *span* is a piece of work with its beginning and end; spans within spans make a *trace*. What a
 * span may say of itself is fixed, as in the log: nothing that a person said, nobody's name, nobody's address.
 */

export interface Marks {
  /** The consultation's id, which tells nothing of the person. */
  readonly consultation?: string;
  readonly method?: string;
  /** A path as the table of routes has it, never as it was asked for. */
  readonly route?: string;
  readonly status?: number;
  /** How many events. */
  readonly events?: number;
}

export interface Tracing {
  /**
   * Runs `work` in a span, within the one that is under way, else as the beginning of a trace; `traceparent` is what the
   * other side of a request says of its own. Ends with `work`, as failed where it throws, by code or class alone.
   */
  span<Result>(name: string, marks: Marks, work: () => Promise<Result>, traceparent?: string): Promise<Result>;
  /** Like `span`, but begins no trace: outside of one it is only the work. */
  within<Result>(name: string, marks: Marks, work: () => Promise<Result>): Promise<Result>;
  /** Adds to the span under way. */
  mark(marks: Marks): void;
  /** Of the span under way, for requests that it sends (W3C Trace Context). */
  traceparent(): string | undefined;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** No traces: nothing but the work. */
export const untraced: Tracing = {
  span: (_, __, work) => work(),
  within: (_, __, work) => work(),
  mark: () => {},
  traceparent: () => undefined,
  close: async () => {},
};
