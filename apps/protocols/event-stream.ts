/**
 * Server-sent events as an endpoint writes them: the head goes out with the first piece, so that what fails before it is
 * still a plain refusal; a client that reads slowly is waited for, one that does not read at all is left.
 */
import type { ServerResponse } from "node:http";

export interface EventStream {
  /** Whether the client went away: nothing more reaches it. */
  readonly gone: boolean;
  /** Has a piece written after those before it. */
  send(piece: string | Uint8Array): void;
  /** Ends it once everything is written. */
  end(): Promise<void>;
}

export interface StreamOptions {
  readonly type?: string;
  /** Milliseconds that a client may leave everything unread. */
  readonly patienceMs: number;
}

export function eventStream(
  response: ServerResponse,
  { type = "text/event-stream; charset=utf-8", patienceMs }: StreamOptions,
): EventStream {
  let writing = Promise.resolve();
  let waiting: (string | Uint8Array)[] = [];
  /** Everything that waits leaves in one piece. */
  const flush = async (): Promise<void> => {
    const pieces = waiting;
    waiting = [];
    if (response.destroyed) return;
    // A proxy that gathers what it passes on would hold the pieces back.
    if (!response.headersSent) response.writeHead(200, { "Content-Type": type, "X-Accel-Buffering": "no" });
    const whole = Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
    if (!response.write(whole)) await drained(response, patienceMs);
  };
  return {
    get gone() {
      return response.destroyed;
    },
    send(piece) {
      if (waiting.push(piece) === 1) writing = writing.then(flush);
    },
    async end() {
      await writing;
      response.end();
    },
  };
}

function drained(response: ServerResponse, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(limit);
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    const limit = setTimeout(() => {
      response.destroy();
      done();
    }, patienceMs);
    response.once("drain", done);
    response.once("close", done);
  });
}
