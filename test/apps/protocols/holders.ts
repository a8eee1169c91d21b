/** A server with the protocols, and tokens for people who use it. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { protocolEndpoints } from "../../../apps/protocols/index.ts";
import type { RunningServer, ServerOptions } from "../../../apps/server/server.ts";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { inFolder } from "../cli/command.ts";
import { serving } from "../server/serving.ts";

const PEOPLE = { ann: "patient", bob: "patient", dr: "clinician" } as const;

export interface Surgery extends RunningServer {
  readonly tokens: Readonly<Record<keyof typeof PEOPLE, string>>;
}

/** Ann and Bob are patients, Dr is a clinician. */
export async function surgery(options: Partial<ServerOptions> = {}): Promise<Surgery> {
  const given: Record<string, string> = {};
  let records: Awaited<ReturnType<typeof readTokenFile>> = [];
  await inFolder(async (folder) => {
    const file = join(folder, "tokens.json");
    for (const [name, audience] of Object.entries(PEOPLE)) given[name] = await addToken(file, name, audience);
    records = await readTokenFile(file);
  });
  const server = await serving({ endpoints: protocolEndpoints, tokens: records, ...options });
  onTestFinished(() => server.drain());
  return { ...server, tokens: given as Surgery["tokens"] };
}
