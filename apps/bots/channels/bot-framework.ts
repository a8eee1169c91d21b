/**
 * Bot Framework and Microsoft Agents: activities of Teams, Web Chat, Direct Line and the other channels of Azure Bot
 * Service, told by the Bot Connector's signed token; replies are posted to it, or travel in the response where the sender
 * expects them there. Only personal chats are answered.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
 */
import { type Clock, systemClock } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import type { Channel, Delivery, WebhookRequest } from "../types.ts";
import { Activity, attachmentsOf, isPersonal, MessageActivity, orderOf, replyTo, replyUrl } from "./activity.ts";
import { clientCredentials } from "./client-credentials.ts";
import { isProtected, post, WithinMs } from "./posting.ts";
import { bearerOf, jsonOf, requireSecret } from "./reading.ts";
import { tokenVerifier, type VerifiedToken } from "./signed-tokens.ts";
import { inTurn } from "./writing.ts";

export interface BotFrameworkOptions {
  /** The app's (client's) id. */
  readonly appId: string;
  /** A client secret of the app. */
  readonly appPassword: string;
  /** The tenant of an app that has one. Default `botframework.com`, where apps of many tenants log in. */
  readonly tenantId?: string | undefined;
  /** Who signs requests. Default: the Bot Connector of the public cloud. */
  readonly signer?: BotFrameworkSigner | undefined;
  /** Where the tokens for replies come from. Default: the public cloud. */
  readonly login?: { readonly url?: string | undefined; readonly scope?: string | undefined } | undefined;
  /** Addresses that replies may go to though no token vouches for them: the emulator's, other agents'. Default: none. */
  readonly serviceUrls?: readonly string[] | undefined;
  /** Milliseconds for which a reply is tried, 1,000 to 14,000: the vendor waits 15 s. Default 10,000. */
  readonly replyWithinMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface BotFrameworkSigner {
  /** Address of the OpenID metadata. */
  readonly metadata?: string | undefined;
  readonly issuer?: string | undefined;
  /** Whether a key must be endorsed for the activity's channel. Default true; keys of Entra are not. */
  readonly endorsed?: boolean | undefined;
  /** App ids, one of which a token must have been issued to. Default: any that the signer signs for. */
  readonly callers?: readonly string[] | undefined;
}

interface ActivityDelivery extends Delivery {
  readonly activity: MessageActivity;
}

const PUBLIC = {
  metadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
  issuer: "https://api.botframework.com",
  scope: "https://api.botframework.com/.default",
};

export function botFrameworkChannel(options: BotFrameworkOptions): Channel<ActivityDelivery> {
  const { appId, appPassword, tenantId = "botframework.com", signer = {}, login = {} } = options;
  const { serviceUrls = [], clock = systemClock } = options;
  requireSecret(appPassword, "appPassword");
  const withinMs = WithinMs.safeParse(options.replyWithinMs).data;
  if (appId === "" || withinMs === undefined)
    throw new BotError("bad-options", "give the appId, and a replyWithinMs of 1,000 to 14,000");
  const { metadata = PUBLIC.metadata, issuer = PUBLIC.issuer, endorsed = true, callers } = signer;
  const verified = tokenVerifier({ metadata, issuer, audience: appId, clock });
  const { url = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`, scope = PUBLIC.scope } = login;
  const bearer = clientCredentials({ url, clientId: appId, clientSecret: appPassword, scope, clock });
  const posted = inTurn();

  return {
    name: "bot-framework",
    async verify(request) {
      const { claims, endorsements } = await verified(bearerOf(request) ?? "");
      const { serviceUrl, channelId } = jsonOf(request, Activity);
      if (callers && !callers.includes(callerOf(claims)))
        throw new BotError("forged", "the token was issued to an app that is not among the callers");
      if (endorsed && !endorsements?.includes(channelId))
        throw new BotError("forged", "the key that signed is not endorsed for the activity's channel");
      const vouched = claims.serviceurl ?? claims.serviceUrl;
      if (vouched === undefined ? !serviceUrls.includes(serviceUrl) : vouched !== serviceUrl)
        throw new BotError("forged", "the token does not vouch for the activity's serviceUrl");
      if (!isProtected(serviceUrl)) throw new BotError("bad-message", "serviceUrl must begin with https:");
    },
    parse(request) {
      const activity = messageIn(request);
      if (!activity || !isPersonal(activity)) return [];
      const { channelId, conversation, from, id, text } = activity;
      return [
        {
          conversation: `${channelId} ${conversation.id} ${from.id}`,
          id: id ?? undefined,
          order: orderOf(activity, clock.now()),
          text: text ?? "",
          attachments: attachmentsOf(activity),
          activity,
        },
      ];
    },
    async send({ delivery: { activity, conversation }, reply }) {
      if (isAnsweredInResponse(activity)) return false;
      const body = replyTo(activity, reply);
      await posted(conversation, () => post({ url: replyUrl(activity), body, bearer, withinMs, clock }));
      return true;
    },
    render(answers) {
      const expected = answers.filter(({ delivery }) => isAnsweredInResponse(delivery.activity));
      const said = expected.filter(({ reply }) => reply.text !== "");
      const activities = said.map(({ delivery, reply }) => replyTo(delivery.activity, reply));
      return { type: "application/json", body: expected.length > 0 ? JSON.stringify({ activities }) : "{}" };
    },
  };
}

function messageIn(request: WebhookRequest): MessageActivity | undefined {
  const { type } = jsonOf(request, Activity);
  return type === "message" ? jsonOf(request, MessageActivity) : undefined;
}

function isAnsweredInResponse({ deliveryMode }: MessageActivity): boolean {
  return deliveryMode === "expectReplies";
}

/** The app that a token of Entra was issued to, in its first or second version; empty where none is named. */
function callerOf({ azp, appid }: VerifiedToken["claims"]): string {
  return String(azp ?? appid ?? "");
}
