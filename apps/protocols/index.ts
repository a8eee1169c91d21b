/** Agent protocols over a server's consultations: what other software speaks, each in a folder of its own. */
import type { Endpoint } from "../server/endpoint.ts";
import type { RouteContext } from "../server/routes.ts";
import { a2aEndpoints } from "./a2a/http.ts";
import { agUiEndpoints } from "./ag-ui/index.ts";
import { mcpEndpoints } from "./mcp/http.ts";
import { openAiEndpoints } from "./openai/index.ts";

/** The endpoints of every protocol. */
export async function protocolEndpoints(context: RouteContext): Promise<readonly Endpoint[]> {
  return [...a2aEndpoints(context), ...agUiEndpoints(context), ...mcpEndpoints(context), ...openAiEndpoints(context)];
}
