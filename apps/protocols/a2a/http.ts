/** A2A over HTTP: the agent card, and the JSON-RPC binding as the protocol's own library speaks it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { A2A_VERSION_HEADER, AGENT_CARD_PATH, AgentCard, formatSSEErrorEvent, formatSSEEvent } from "@a2a-js/sdk";
import { A2A_ERROR_CODE, RequestMalformedError } from "@a2a-js/sdk/errors";
import { JsonRpcTransportHandler, ServerCallContext, validateVersion } from "@a2a-js/sdk/server";
import { z } from "zod";
import type { Endpoint } from "../../server/endpoint.ts";
import { readJson } from "../../server/rest.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { Holder } from "../../server/tokens.ts";
import { eventStream } from "../event-stream.ts";
import { A2A_PATH, agentCard } from "./card.ts";
import { failureOf } from "./failures.ts";
import { tasksOf } from "./tasks.ts";

const Call = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.int(), z.null()]).optional(),
  method: z.string().min(1),
  params: z.looseObject({}).optional(),
});
type Call = z.infer<typeof Call>;

/** Milliseconds that a client may leave what is streamed to it unread. */
const PATIENCE_MS = 30_000;

export function a2aEndpoints(context: RouteContext): readonly Endpoint[] {
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
        await serveCall(call, cardFor(request), request, response, holder, context);
      },
    },
  ];
}

async function serveCall(
  call: Call,
  card: AgentCard,
  request: IncomingMessage,
  response: ServerResponse,
  holder: Holder,
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
    validateVersion(asked.requestedVersion, card, "JSONRPC");
    const told = await new JsonRpcTransportHandler(tasksOf(holder, context, async () => card)).handle(call, asked);
    if (!(Symbol.asyncIterator in told)) return answer(response, isUnread(told.error) ? failed(UNREAD) : told);
    const first = await told.next();
    if (first.done) return answer(response, failed(new Error("a stream begins with a task")));
    const stream = eventStream(response, { patienceMs: PATIENCE_MS });
    await stream.send(formatSSEEvent(first.value));
    try {
      for await (const each of told) await stream.send(formatSSEEvent(each));
    } catch (error) {
      await stream.send(formatSSEErrorEvent(failed(error)));
    }
    stream.end();
  } catch (error) {
    answer(response, failed(error));
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
