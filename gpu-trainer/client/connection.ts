/** One client's connection to a worker: its session, opened at the first need, and requests that belong to it. */
import type { z } from "zod";
import { WorkerError } from "../errors.ts";
import { retrieve, Submitted } from "./futures.ts";
import { openSession, type Session } from "./session.ts";
import type { Pace, Transport } from "./transport.ts";

export interface Connection {
  session(): Promise<Session>;
  /** Whether the worker offers this beyond the common wire. */
  offers(extension: string): Promise<boolean>;
  /** A request that is answered at once. */
  ask<T>(route: string, body: object, schema: z.ZodType<T>): Promise<T>;
  /** A request whose result is a promise; gives the request id once it was accepted. */
  submit(route: string, body: object, pace?: Pace): Promise<string>;
  result<T>(requestId: string, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T>;
  /** Deletes what the route names. */
  remove(route: string, signal: AbortSignal | undefined): Promise<void>;
  end(): void;
}

export function connection(to: Transport): Connection {
  let opening: Promise<Session> | undefined;
  let opened: Session | undefined;
  const session = async (): Promise<Session> => {
    opening ??= openSession(to).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    opened = await opening;
    opened.check();
    return opened;
  };
  const ask = async <T>(route: string, body: object, schema: z.ZodType<T>, pace?: Pace): Promise<T> => {
    const { verify } = await session();
    try {
      return await to.call(route, body, schema, pace);
    } catch (error) {
      // A 404 may mean that the session is forgotten: then that is what the caller must know.
      if (error instanceof WorkerError && error.status === 404) await verify();
      throw error;
    }
  };
  return {
    session,
    ask,
    offers: async (extension) => (await session()).capabilities.extensions.includes(extension),
    submit: async (route, body, pace) => (await ask(route, body, Submitted, pace)).request_id,
    result: (requestId, schema, signal) => retrieve(to, requestId, schema, signal),
    remove: async (route, signal) => {
      await session();
      await to.remove(route, signal);
    },
    end: () => opened?.end(),
  };
}
