/** The protocol's own client, and its calls as a host would make them. */
import {
  type CallToolResult,
  Client,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { onTestFinished } from "vitest";

export type Told = Record<string, unknown>;

/** `2026` asks anew with every request, `2025` shakes hands first. */
export const ERAS = { "2025": "legacy", "2026": { pin: "2026-07-28" } } as const;
export type Era = keyof typeof ERAS;

export async function over(transport: Transport, era: Era = "2026"): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: ERAS[era] } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

export function overHttp(url: string, token?: string, era?: Era): Promise<Client> {
  const requestInit = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
  return over(new StreamableHTTPClientTransport(new URL("/mcp", url), { requestInit }), era);
}

export async function call(client: Client, name: string, input: Told = {}): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: input })) as CallToolResult;
}

/** What a tool tells; throws where it fails. */
export async function told(client: Client, name: string, input: Told = {}): Promise<Told> {
  const result = await call(client, name, input);
  if (result.isError) throw new Error(JSON.stringify(result.structuredContent ?? result.content));
  return result.structuredContent as Told;
}

export const textOf = ({ content }: CallToolResult): string =>
  content.map((block) => (block.type === "text" ? block.text : "")).join("");

/** The code of a typed tool error. */
export async function refused(client: Client, name: string, input: Told = {}): Promise<string> {
  const result = await call(client, name, input);
  if (!result.isError) throw new Error(`${name} was not refused`);
  return (result.structuredContent as { error: { code: string } }).error.code;
}

export async function started(client: Client, input: Told = {}): Promise<string> {
  return (await told(client, "start_consultation", { consent: true, ...input })).consultation as string;
}

/** Answers until it ends, the same to every question. */
export async function untilTheEnd(client: Client, consultation: string, complaint: string, text = "no"): Promise<Told> {
  let answer = await told(client, "answer", { consultation, text: complaint });
  for (let turn = 0; turn < 40 && !answer.ended; turn++) answer = await told(client, "answer", { consultation, text });
  return answer;
}
