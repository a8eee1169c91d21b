/** A2A over HTTP: the agent card, and the JSON-RPC binding as the protocol's own library speaks it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { A2A_VERSION_HEADER, AGENT_CARD_PATH, AgentCard, formatSSEErrorEvent, formatSSEEvent } from "@a2a-js/sdk";
import { A2A_ERROR_CODE, RequestMalformedError } from "@a2a-js/sdk/errors";
import { JsonRpcTransportHandler, ServerCallContext, validateVersion } from "@a2a-js/sdk/server";
import { z } from "zod";
import type { Endpoint } from "../../server/endpoint.ts";
import { ServerError } from "../../server/errors.ts";
import { readJson } from "../../server/rest.ts";
import type { RouteContext } from "../../server/routes.ts";
import { eventStream } from "../event-stream.ts";
import { A2A_PATH, agentCard } from "./card.ts";
import { failureOf } from "./failures.ts";
import { type Caller, tasksOf } from "./tasks.ts";

const Call = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.int(), z.null()]).optional(),
  method: z.string().min(1),
  params: z.looseObject({}).optional(),
});
type Call = z.infer<typeof Call>;

/** Clients that follow a task at once, each with a connection that stays open. */
const MOST_FOLLOWING = 5_000;

/** Milliseconds that a client may leave what is streamed to it unread. */
const PATIENCE_MS = 30_000;

export function a2aEndpoints(context: RouteContext): readonly Endpoint[] {
  let following = 0;
  const cardFor = (request: IncomingMessage): AgentCard => agentCard(originOf(request), context.version);
  return [
    {
      method: "GET",
      path: `/${AGENT_CARD_PATH}`,
      operation: "a2aAgentCard",
      summary: "The agent card of A2A 1.0: what this agent does, where, and how to get in.",
      guard: "token",
      answers: [{ status: 200, description: "The card.", type: "application/json" }],
      async serve(request, response) {
        answer(response, AgentCard.toJSON(cardFor(request)));
      },
    },
    {
      method: "POST",
      path: A2A_PATH,
      operation: "a2a",
      summary: "A2A 1.0 over JSON-RPC: a consultation is a task, a question asks for input. See docs/protocols.md.",
      guard: "token",
      body: { name: "A2aCall", schema: Call },
      answers: [
        {
          status: 200,
          description: "The result or the protocol's own error; a stream of events where one was asked for.",
          type: "application/json",
        },
      ],
      async serve(request, response, { holder }) {
        const call = (await readJson(request, Call, context.limits.payloadBytes)) as Call;
        const gone = new AbortController();
        response.once("close", () => gone.abort());
        const isFollowing = call.method === "SubscribeToTask";
        if (isFollowing && following >= MOST_FOLLOWING) throw new ServerError("overloaded", "too many follow tasks");
        if (isFollowing) following++;
        try {
          await serveCall(call, { holder, card: cardFor(request), gone: gone.signal }, request, response, context);
        } finally {
          if (isFollowing) following--;
        }
      },
    },
  ];
}

async function serveCall(
  call: Call,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
  context: RouteContext,
): Promise<void> {
  const failed = (error: unknown) => ({
    jsonrpc: "2.0",
    id: call.id ?? null,
    error: JsonRpcTransportHandler.mapToJSONRPCError(failureOf(error, context.log)),
  });
  try {
    const version = request.headers[A2A_VERSION_HEADER.toLowerCase()];
    const asked = new ServerCallContext({ ...(typeof version === "string" && { requestedVersion: version.trim() }) });
    validateVersion(asked.requestedVersion, caller.card, "JSONRPC");
    const told = await new JsonRpcTransportHandler(tasksOf(caller, context)).handle(call, asked);
    if (!(Symbol.asyncIterator in told)) return answer(response, isUnread(told.error) ? failed(UNREAD) : told);
    const first = await told.next();
    if (first.done) return answer(response, failed(new Error("a stream begins with a task")));
    await stream(response, first.value, told, failed, context.limits.heartbeatMs);
  } catch (error) {
    answer(response, failed(error));
  }
}

/** A comment now and then keeps proxies from taking a silent stream for a dead one. */
async function stream(
  response: ServerResponse,
  first: unknown,
  rest: AsyncIterable<unknown>,
  failed: (error: unknown) => unknown,
  heartbeatMs: number,
): Promise<void> {
  const events = eventStream(response, { patienceMs: PATIENCE_MS });
  events.send(formatSSEEvent(first));
  const heartbeat = setInterval(() => events.send(":\n\n"), heartbeatMs);
  try {
    for await (const each of rest) events.send(formatSSEEvent(each));
  } catch (error) {
    events.send(formatSSEErrorEvent(failed(error)));
  } finally {
    clearInterval(heartbeat);
    await events.end();
  }
}

const UNREAD = new RequestMalformedError("the parameters are not as the method has them");

/** What the library says where it could not read the parameters: its own failure, without a reason that ours have. */
function isUnread(error: unknown): boolean {
  const { code, data } = (error ?? {}) as { code?: number; data?: unknown };
  return code === A2A_ERROR_CODE.INTERNAL_ERROR && data === undefined;
}

function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** Where the client reached the server, as far as it or a proxy says so. */
function originOf({ headers }: IncomingMessage): string {
  const { host = "localhost", "x-forwarded-proto": scheme } = headers;
  return `${scheme === "https" ? "https" : "http"}://${/^[\w.:[\]-]+$/.test(host) ? host : "localhost"}`;
}
