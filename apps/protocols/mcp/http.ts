/**
 * MCP over HTTP: one path, stateless, so that any server answers any request. The body is read here, for its size; what is
 * wrong with it is answered in the protocol's own words.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { z } from "zod";
import { readBody } from "../../server/body.ts";
import type { Endpoint } from "../../server/endpoint.ts";
import { ServerError } from "../../server/errors.ts";
import { traceOf } from "../../server/log.ts";
import { Audience } from "../../server/protocol.ts";
import type { RouteContext } from "../../server/routes.ts";
import { mcpServer } from "./server.ts";

const PATH = "/mcp";

/** One message; several in a list are refused. */
const Message = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.looseObject({}).optional(),
});

/** Streams that wait for changes: nothing here changes while a server runs. */
const MOST_SUBSCRIPTIONS = 64;

export function mcpEndpoints(context: RouteContext): readonly Endpoint[] {
  const handler = createMcpHandler(
    ({ authInfo }) => {
      if (!authInfo) throw new Error("an MCP request has a holder");
      return mcpServer({ name: authInfo.clientId, audience: Audience.parse(authInfo.scopes[0]) }, context);
    },
    {
      maxSubscriptions: MOST_SUBSCRIPTIONS,
      onerror: (error) => context.log("debug", { event: "mcp-refused", error: traceOf(error) }),
    },
  );

  const endpoint = (method: "GET" | "POST" | "DELETE", answered: Pick<Endpoint, "operation" | "summary" | "answers">) =>
    ({
      ...answered,
      method,
      path: PATH,
      guard: "token",
      async serve(request, response, { holder }) {
        const gone = new AbortController();
        response.once("close", () => gone.abort());
        const asked = await webRequestOf(request, context.limits.payloadBytes, gone.signal);
        const authInfo = { token: "", clientId: holder.name, scopes: [holder.audience] };
        await send(await handler.fetch(asked, { authInfo }), response);
      },
    }) satisfies Endpoint;

  const unheld = {
    answers: [{ status: 405, description: "No sessions are held.", type: "application/json" }],
  };
  return [
    {
      ...endpoint("POST", {
        operation: "mcp",
        summary: "The Model Context Protocol: consultations as tools. See docs/protocols.md.",
        answers: [
          {
            status: 200,
            description: "The answer to a request; JSON, or a stream of events.",
            type: "application/json",
          },
          { status: 202, description: "A notification was taken." },
        ],
      }),
      body: { name: "McpMessage", schema: Message },
    },
    endpoint("GET", { operation: "mcpListen", summary: "Of MCP with sessions, which are not held here.", ...unheld }),
    endpoint("DELETE", { operation: "mcpEnd", summary: "Of MCP with sessions, which are not held here.", ...unheld }),
  ];
}

async function webRequestOf(request: IncomingMessage, most: number, signal: AbortSignal): Promise<Request> {
  const { method = "GET", headers } = request;
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers))
    if (typeof value === "string" && name !== "authorization") sent.set(name, value);
  if (method !== "POST") return new Request(`http://localhost${PATH}`, { method, headers: sent, signal });
  const body = (await readBody(request, most)).toString();
  if (/^\s*\[/.test(body)) throw new ServerError("bad-message", "expected one message, not a list of them");
  return new Request(`http://localhost${PATH}`, { method, headers: sent, body, signal });
}

/** Ends quietly where the client goes away meanwhile. */
async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (!answer.body) return void response.end();
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => {});
}
