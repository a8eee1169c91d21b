/** `POST /v1/chat/completions`: the agent as a model, whole or as a stream. */
import type { ServerResponse } from "node:http";
import { z } from "zod";
import type { TokenEndpoint } from "../../server/endpoint.ts";
import { restOf } from "../../server/exchange.ts";
import { readJson } from "../../server/rest.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { Holder } from "../../server/tokens.ts";
import { eventStream } from "../event-stream.ts";
import { type Converse, conversing } from "./conversing.ts";
import { refusalFor, sendJson } from "./errors.ts";
import { requestOf } from "./parameters.ts";
import { ChatCompletion, type ChatCompletionChunk, ChatRequest, ErrorBody } from "./types.ts";
import {
  type Chunk,
  completionOf,
  contentChunk,
  contentOf,
  headOf,
  lastChunk,
  roleChunk,
  usageChunk,
} from "./words.ts";

const failure = { name: "OpenAiError", schema: ErrorBody };

export function completions(context: RouteContext): TokenEndpoint {
  const converse = conversing(context);
  return {
    method: "POST",
    path: "/v1/chat/completions",
    guard: "token",
    operation: "createChatCompletion",
    summary: "The agent as a model, as OpenAI's chat completions have it: the client resends the whole conversation.",
    body: { name: "ChatRequest", schema: ChatRequest },
    answers: [
      {
        status: 200,
        description:
          "The agent's next words. With `stream`, `text/event-stream` of ChatCompletionChunk, then `[DONE]`.",
        type: "application/json",
        schema: { name: "ChatCompletion", schema: ChatCompletion },
      },
      { status: 400, description: "Refused, in OpenAI's form.", type: "application/json", schema: failure },
      { status: 404, description: "No such model or consultation.", type: "application/json", schema: failure },
      { status: 413, description: "Too much at once.", type: "application/json", schema: failure },
      { status: 429, description: "Too much at a time.", type: "application/json", schema: failure },
    ],
    async serve(request, response, { holder }) {
      try {
        const body = requestOf(await readJson(request, z.unknown(), context.limits.payloadBytes));
        await (body.stream ? streamed : whole)(context, converse, holder, body, response);
      } catch (thrown) {
        // The client left: there is nobody to tell.
        if (response.destroyed) return;
        const { status, body } = refusalFor(thrown, context);
        if (!response.headersSent) return sendJson(response, status, body);
        response.end(`data: ${JSON.stringify(body)}\n\n`);
      }
    },
  };
}

type Serve = (
  context: RouteContext,
  converse: Converse,
  holder: Holder,
  request: ChatRequest,
  response: ServerResponse,
) => Promise<void>;

const whole: Serve = async ({ version }, converse, holder, request, response) => {
  const answer = await converse(holder, request, {
    found: (consultation) => name(response, consultation),
    gone: () => response.destroyed,
  });
  if (answer) sendJson(response, 200, completionOf(answer, version));
};

const streamed: Serve = async ({ version, limits, clock }, converse, holder, request, response) => {
  const stream = eventStream(response, { patienceMs: limits.heartbeatMs });
  const usage = request.stream_options?.include_usage ?? false;
  let mark = "";
  const time = clock.now().getTime();
  let told = "";
  const send = (chunk: Chunk): void => {
    const head = { ...headOf({ mark, time }, version), object: "chat.completion.chunk" as const };
    const event: ChatCompletionChunk = { ...head, ...(usage && { usage: null }), ...chunk };
    stream.send(`data: ${JSON.stringify(event)}\n\n`);
  };
  const say = (content: string): void => {
    if (told === "") send(roleChunk());
    told += content;
    send(contentChunk(content));
  };
  const answer = await converse(holder, request, {
    found: (consultation, request) => {
      name(response, consultation);
      mark = request;
    },
    show: say,
    gone: () => stream.gone,
  });
  if (!answer) return;
  for (const piece of restOf(contentOf(answer), told)) say(piece);
  send(lastChunk(answer));
  if (usage) send(usageChunk(answer));
  stream.send("data: [DONE]\n\n");
  await stream.end();
};

/** Tells which consultation it is, to pages of other places too. */
function name(response: ServerResponse, consultation: string): void {
  response.setHeader("X-Consultation", consultation);
  response.setHeader("Access-Control-Expose-Headers", "X-Consultation");
}
