/** MCP over a pair of streams, for one holder, until the client closes its end. */
import type { Readable, Writable } from "node:stream";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { traceOf } from "../../server/log.ts";
import type { Holder } from "../../server/tokens.ts";
import { mcpServer } from "./server.ts";
import type { McpContext } from "./tools.ts";

export interface StdioConnection {
  /** Fulfilled when either side has closed it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export function connectStdio(
  holder: Holder,
  context: McpContext,
  input: Readable = process.stdin,
  output: Writable = process.stdout,
): StdioConnection {
  const transport = new StdioServerTransport(input, output);
  const handle = serveStdio(() => mcpServer(holder, context), {
    transport,
    onerror: (error) => context.log("warn", { event: "mcp-failed", error: traceOf(error) }),
  });
  const { onclose } = transport;
  const closed = new Promise<void>((resolve) => {
    transport.onclose = () => {
      onclose?.();
      resolve();
    };
  });
  return { closed, close: () => handle.close() };
}
