/** The channels that a server's settings name, as endpoints over its consultations. */
import type { ChannelSettings } from "../config/channels.ts";
import type { SignedEndpoint } from "../server/endpoint.ts";
import type { RouteContext } from "../server/routes.ts";
import { botFrameworkChannel } from "./channels/bot-framework.ts";
import { rasaChannel } from "./channels/rasa.ts";
import { signedWebhookChannel } from "./channels/signed-webhook.ts";
import { telegramChannel } from "./channels/telegram.ts";
import { twilioChannel } from "./channels/twilio.ts";
import { whatsappChannel } from "./channels/whatsapp.ts";
import { channelEndpoints } from "./endpoints.ts";
import { openPractice } from "./practice.ts";
import type { Channel } from "./types.ts";

/** By path. Throws `bad-options` where a secret is none. */
export function channelsOf(settings: ChannelSettings, clock: RouteContext["clock"]): Record<string, Channel> {
  const { telegram, twilio, rasa, webhook, whatsapp, botFramework } = settings;
  return {
    ...(telegram && { [telegram.path]: telegramChannel(telegram) }),
    ...(twilio && { [twilio.path]: twilioChannel(twilio) }),
    ...(rasa && { [rasa.path]: rasaChannel(rasa) }),
    ...(webhook && { [webhook.path]: signedWebhookChannel({ ...webhook, clock }) }),
    ...(whatsapp && { [whatsapp.path]: whatsappChannel({ ...whatsapp, clock }) }),
    ...(botFramework && { [botFramework.path]: botFrameworkChannel({ ...botFramework, clock }) }),
  };
}

/** Bots speak to patients, whoever else uses the server. */
export async function configuredChannels(
  settings: ChannelSettings | undefined,
  { hub, store, clock, limits, log }: RouteContext,
): Promise<SignedEndpoint[]> {
  if (!settings) return [];
  const practice = await openPractice({ served: { hub, store }, audience: "patient" });
  const { idKey } = settings;
  const channels = channelsOf(settings, clock);
  return channelEndpoints(practice, { channels, idKey, log, payloadBytes: limits.payloadBytes });
}
