/** A tool: what it takes, what it gives, and its words. Knows nothing of consultations. */
import type { CallToolResult, McpServer, ToolAnnotations } from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { Log } from "../../server/log.ts";
import { failureOf } from "./failures.ts";

interface Described<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** What a host may know before it calls; nothing here reaches beyond the server. */
  readonly hints?: ToolAnnotations;
  /** `told` as the output schema has it, and the same in words for models that read no structure. */
  call(input: z.output<Input>): Promise<{ readonly told: z.input<Output>; readonly words: string }>;
}

export interface Tool {
  register(server: McpServer, log: Log): void;
}

export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(described: Described<Input, Output>): Tool {
  const { name, title, description, hints, call } = described;
  const inputSchema: z.ZodObject = described.input;
  const outputSchema: z.ZodObject = described.output;
  return {
    register(server, log) {
      const annotations = { title, destructiveHint: false, openWorldHint: false, ...hints };
      server.registerTool(
        name,
        { title, description, inputSchema, outputSchema, annotations },
        async (input): Promise<CallToolResult> => {
          try {
            const { told, words } = await call(input as z.output<Input>);
            return { content: [{ type: "text", text: words }], structuredContent: { ...told } };
          } catch (error) {
            return failureOf(error, log);
          }
        },
      );
    },
  };
}
