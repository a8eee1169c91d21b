/** AG-UI, for pages that show an agent at work: a run is a request, its events are the answer. See docs/protocols.md. */
import type { Event } from "@ag-ui/core";
import { AGUI_MEDIA_TYPE, EventEncoder } from "@ag-ui/encoder";
import type { Endpoint } from "../../server/endpoint.ts";
import { readJson } from "../../server/rest.ts";
import type { RouteContext } from "../../server/routes.ts";
import { eventStream } from "../event-stream.ts";
import { RunInput } from "./input.ts";
import { run } from "./run.ts";

export function agUiEndpoints(context: RouteContext): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/v1/ag-ui",
      guard: "token",
      operation: "runAgent",
      summary: "A run of the agent, as AG-UI 1.0 has it: what the person wrote, answered by events.",
      body: { name: "RunAgentInput", schema: RunInput },
      answers: [
        {
          status: 200,
          description: `AG-UI events; as ${AGUI_MEDIA_TYPE} where that is asked for by name.`,
          type: "text/event-stream",
        },
      ],
      async serve(request, response, { holder }) {
        const input = (await readJson(request, RunInput, context.limits.payloadBytes)) as RunInput;
        const isBinary = request.headers.accept?.includes(AGUI_MEDIA_TYPE) ?? false;
        const encoder = new EventEncoder({ accept: isBinary ? AGUI_MEDIA_TYPE : "text/event-stream" });
        const stream = eventStream(response, {
          type: encoder.getContentType(),
          patienceMs: context.limits.heartbeatMs,
        });
        await run(context, holder, input, {
          tell: (event: Event) => stream.send(isBinary ? encoder.encodeBinary(event) : encoder.encodeSSE(event)),
          gone: () => stream.gone,
        });
        await stream.end();
      },
    },
  ];
}
