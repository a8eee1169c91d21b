/** Everything that a server answers beside its routes: the agent protocols, and the channels that its settings name. */
import { configuredChannels } from "./bots/configured.ts";
import type { ChannelSettings } from "./config/channels.ts";
import { protocolEndpoints } from "./protocols/index.ts";
import type { Endpoints } from "./server/endpoint.ts";

export function endpointsOf(channels?: ChannelSettings): Endpoints {
  return async (context) => [...(await protocolEndpoints(context)), ...(await configuredChannels(channels, context))];
}
