/**
 * A host that offers consultations to a person through MCP: what a model would call, called by hand. Beside a server
 * (`anamnesis serve`): `node examples/protocols/mcp.ts http://127.0.0.1:8080`, a token in ANAMNESIS_TOKEN; without an
 * address it starts `anamnesis mcp` itself. In a project of your own: `npm install @modelcontextprotocol/client`.
 */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [url] = process.argv.slice(2);
const { ANAMNESIS_TOKEN } = process.env;
const MAIN = fileURLToPath(new URL("../../apps/cli/main.ts", import.meta.url));

const client = new Client({ name: "example", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
const headers: HeadersInit = ANAMNESIS_TOKEN === undefined ? {} : { authorization: `Bearer ${ANAMNESIS_TOKEN}` };
await client.connect(
  url === undefined
    ? new StdioClientTransport({ command: process.execPath, args: [MAIN, "mcp"] })
    : new StreamableHTTPClientTransport(new URL("/mcp", url), { requestInit: { headers } }),
);

interface Told {
  readonly consultation: string;
  readonly disclaimer: string;
  readonly ended: boolean;
}

/** What a tool tells, which is also shown, in its own words. */
async function call(name: string, input: object): Promise<Told> {
  const { content, structuredContent } = await client.callTool({ name, arguments: { ...input } });
  for (const block of content) if (block.type === "text") console.log(block.text);
  return structuredContent as unknown as Told;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async (): Promise<string | undefined> => (await lines.next()).value;

await call("start_consultation", { consent: false });
console.log("Do you agree? (yes/no)");
if (/^y/i.test((await next()) ?? "")) {
  const { consultation } = await call("start_consultation", { consent: true });
  for (let text = await next(), turn = 1; text !== undefined; text = await next(), turn++) {
    // The same id again is answered as before: a host may call twice.
    const { ended } = await call("answer", { consultation, text, id: `turn-${turn}` });
    if (ended) break;
  }
  await call("triage", { consultation });
}
await client.close();
