/**
 * Server-sent events as an endpoint writes them: the head goes out with the first piece, so that what fails before it is
 * still a plain refusal; a client that reads slowly is waited for, one that does not read at all is left.
 */
import type { ServerResponse } from "node:http";

export interface EventStream {
  /** Whether the client went away: nothing more reaches it. */
  readonly gone: boolean;
  /** Fulfilled when more may be written. */
  send(piece: string | Uint8Array): Promise<void>;
  end(): void;
}

export interface StreamOptions {
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds that a client may leave everything unread. */
  readonly patienceMs: number;
}

export function eventStream(
  response: ServerResponse,
  { type = "text/event-stream; charset=utf-8", headers = {}, patienceMs }: StreamOptions,
): EventStream {
  return {
    get gone() {
      return response.destroyed;
    },
    async send(piece) {
      if (response.destroyed) return;
      if (!response.headersSent) {
        // A proxy that gathers what it passes on would hold the pieces back.
        response.writeHead(200, { ...headers, "Content-Type": type, "X-Accel-Buffering": "no" });
      }
      if (!response.write(piece)) await drained(response, patienceMs);
    },
    end() {
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
