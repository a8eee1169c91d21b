/** The MCP server of one holder: its tools over the consultations, whatever the transport. */
import { McpServer } from "@modelcontextprotocol/server";
import type { Holder } from "../../server/tokens.ts";
import { type McpContext, toolsFor } from "./tools.ts";
import { INSTRUCTIONS } from "./types.ts";

export function mcpServer(holder: Holder, context: McpContext): McpServer {
  const server = new McpServer(
    { name: "anamnesis", title: "Anamnesis", version: context.version },
    { instructions: INSTRUCTIONS },
  );
  for (const tool of toolsFor(holder, context)) tool.register(server, context.log);
  return server;
}
