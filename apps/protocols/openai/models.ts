/** `GET /v1/models`: the one model there is. */
import type { TokenEndpoint } from "../../server/endpoint.ts";
import type { RouteContext } from "../../server/routes.ts";
import { CompletionError, refusalFor, sendJson } from "./errors.ts";
import { ErrorBody, MODEL, Model, Models } from "./types.ts";

export function models(context: RouteContext): readonly TokenEndpoint[] {
  const created = Math.floor(context.clock.now().getTime() / 1000);
  const model = { id: MODEL, object: "model" as const, created, owned_by: MODEL };
  return [
    {
      method: "GET",
      path: "/v1/models",
      guard: "token",
      operation: "listModels",
      summary: "The models that chat completions know: one.",
      answers: [
        {
          status: 200,
          description: "The models.",
          type: "application/json",
          schema: { name: "OpenAiModels", schema: Models },
        },
      ],
      async serve(_, response) {
        sendJson(response, 200, { object: "list", data: [model] });
      },
    },
    {
      method: "GET",
      path: "/v1/models/{id}",
      guard: "token",
      operation: "retrieveModel",
      summary: "One of the models.",
      answers: [
        {
          status: 200,
          description: "The model.",
          type: "application/json",
          schema: { name: "OpenAiModel", schema: Model },
        },
        {
          status: 404,
          description: "No such model.",
          type: "application/json",
          schema: { name: "OpenAiError", schema: ErrorBody },
        },
      ],
      async serve(_, response, { id }) {
        if (id === MODEL) return sendJson(response, 200, model);
        const missing = new CompletionError(404, "model_not_found", `There is one model here: ${MODEL}.`, "model");
        const { status, body } = refusalFor(missing, context);
        sendJson(response, status, body);
      },
    },
  ];
}
