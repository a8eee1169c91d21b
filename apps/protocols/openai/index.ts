/** OpenAI's interface, for whatever speaks to models: chat pages, gateways, its client libraries. See docs/protocols.md. */
import type { Endpoint } from "../../server/endpoint.ts";
import type { RouteContext } from "../../server/routes.ts";
import { completions } from "./completions.ts";
import { models } from "./models.ts";

export function openAiEndpoints(context: RouteContext): readonly Endpoint[] {
  return [...models(context), completions(context)];
}
