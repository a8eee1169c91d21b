/** `anamnesis mcp`: consultations as tools of the Model Context Protocol, over standard input and output. */
import { Command } from "commander";
import { systemClock } from "../../src/index.ts";
import { connectStdio } from "../protocols/mcp/stdio.ts";
import { Limits } from "../server/limits.ts";
import { jsonLog } from "../server/log.ts";
import { openHub } from "../server/own-hub.ts";
import type { Audience } from "../server/protocol.ts";
import { openStore, STORE_FORMS, storeSpec } from "../server/stores/open.ts";
import { withoutTokens } from "../server/tokens.ts";
import {
  addConversationOptions,
  audienceOption,
  type ConversationFlags,
  conversationOf,
} from "./conversation-options.ts";
import { packageVersion } from "./package-version.ts";

type Flags = ConversationFlags & { readonly store: string; readonly audience: Audience };

export function mcpCommand(): Command {
  const command = new Command("mcp")
    .description("offer consultations as MCP tools over standard input and output")
    .option("--store <store>", `where consultations are kept: ${STORE_FORMS}`, "memory")
    .addOption(audienceOption("for whom: a clinician sees the differential"));
  addConversationOptions(command).addHelpText(
    "after",
    "\nExample:\n  anamnesis mcp --store file:consultations --audience clinician\n\nFor a host that starts it. Over HTTP, `anamnesis serve` offers the same at /mcp. Logs go to standard error; it ends when its input is closed.\nNot a medical device, not medical advice.",
  );
  return command.action((flags: Flags, given: Command) => run(flags, given));
}

async function run(flags: Flags, command: Command): Promise<void> {
  const log = jsonLog(process.stderr, systemClock);
  const store = await openStore(storeSpec(flags.store));
  const conversed = await conversationOf(flags, command).catch(async (error) => {
    await store.close();
    throw error;
  });
  const { conversation } = conversed;
  const shared = { conversation, store, clock: systemClock, log };
  const { hub, settle } = openHub({ ...shared, limits: Limits.parse({}) });
  const holder = withoutTokens(flags.audience)(undefined)!;
  const connection = connectStdio(holder, { ...shared, hub, version: packageVersion() });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void connection.close());
  await connection.closed;
  hub.stop();
  await settle();
  await Promise.all([store.close(), conversed.close()]);
}
