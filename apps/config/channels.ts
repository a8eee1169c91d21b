/** Settings of the channels that the server answers, each at its own path. A channel is on where its secret is given. */
import { z } from "zod";
import { address, secret, setting } from "./notes.ts";

const path = (at: string) =>
  setting(
    "where the vendor's requests come in",
    z
      .string()
      .regex(/^(?:\/[\w.-]+)+$/, "a path begins with / and has letters, digits, '.', '_' and '-'")
      .refine(
        (given) => !/^\/(?:v1|healthz|readyz|metrics|mcp|a2a|clinician|review|assets)(?:\/|$)/.test(given),
        "is a path of the server's own",
      )
      .default(at),
  );
/** As long as every channel asks of its secret. */
const Secret = z.string().trim().min(8);

export const ChannelSettings = z
  .strictObject({
    idKey: secret(
      "keys the ids of consultations, so that nobody finds out a telephone number by trying; keep it for ever",
      Secret.optional(),
    ),
    telegram: z
      .strictObject({
        path: path("/telegram"),
        secretToken: secret("the `secret_token` that `setWebhook` was given", Secret),
      })
      .optional(),
    twilio: z
      .strictObject({
        path: path("/twilio"),
        authToken: secret("the account's auth token, with which Twilio signs", Secret),
        url: address("the webhook's address exactly as Twilio was given it, query included", z.url()),
      })
      .optional(),
    rasa: z
      .strictObject({
        path: path("/webhooks/rest/webhook"),
        token: secret("what clients send as `Authorization: Bearer`", Secret),
      })
      .optional(),
    webhook: z
      .strictObject({
        path: path("/webhook"),
        secret: secret("`whsec_` and 16 bytes or more in base 64, with which your service signs", Secret),
        toleranceS: setting(
          "seconds by which a request's time may differ from the clock",
          z.int().min(1).max(86_400).default(300),
        ),
      })
      .optional(),
    whatsapp: z
      .strictObject({
        path: path("/whatsapp"),
        appSecret: secret("the app's secret, with which Meta signs", Secret),
        verifyToken: secret("the verify token that the webhook's configuration was given", Secret),
        accessToken: secret("a system user's access token, with which replies are sent", Secret),
        phoneNumberId: setting("id of the business number, which is not the number", z.string().min(1)),
      })
      .optional(),
    botFramework: z
      .strictObject({
        path: path("/api/messages"),
        appId: setting("the app's (client's) id", z.string().min(1)),
        appPassword: secret("a client secret of the app", Secret),
        tenantId: setting("the tenant of an app that has one", z.string().min(1).optional()),
      })
      .optional(),
  })
  .superRefine((channels, context) => {
    const taken = new Map<string, string>();
    for (const [name, channel] of Object.entries(channels)) {
      if (typeof channel !== "object") continue;
      const other = taken.get(channel.path);
      if (other !== undefined)
        context.addIssue({ code: "custom", path: [name, "path"], message: `is the path of ${other} too` });
      taken.set(channel.path, name);
    }
  });
export type ChannelSettings = z.output<typeof ChannelSettings>;
