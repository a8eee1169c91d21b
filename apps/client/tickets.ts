/** Tickets: `POST /v1/tickets` with the token gives what opens one WebSocket, which itself can carry no header in a browser. */
import { z } from "zod";
import { Fault } from "../server/protocol.ts";
import { ChatProblem, UNREACHABLE } from "./problems.ts";

const Ticket = z.object({ ticket: z.string().min(1) });
const Refused = z.object({ error: Fault });

/** A source of tickets for `openChat`. `url`: `http(s)://HOST` of the server. Rejects with {@link ChatProblem}. */
export function ticketsFrom({ url, token }: { readonly url: string; readonly token?: string | undefined }) {
  return async (): Promise<string> => {
    const answer = await fetch(new URL("/v1/tickets", url), {
      method: "POST",
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    }).catch((cause) => {
      throw new ChatProblem(UNREACHABLE, true, cause);
    });
    const body: unknown = await answer.json().catch(() => undefined);
    const refused = Refused.safeParse(body);
    if (refused.success) {
      const { retryable, ...problem } = refused.data.error;
      throw new ChatProblem(problem, retryable);
    }
    const issued = Ticket.safeParse(body);
    if (answer.ok && issued.success) return issued.data.ticket;
    // A proxy's word, or no server of ours.
    const message = `the server answered with status ${answer.status} and gave no ticket`;
    const advice = "Check that the address is that of an anamnesis server.";
    throw new ChatProblem({ code: "no-ticket", message, advice }, answer.status >= 500);
  };
}
