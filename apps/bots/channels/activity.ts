/**
 * Activities of the Bot Framework, as far as a consultation needs them: who wrote what where, and the reply to it. Knows
 * nothing of tokens. https://github.com/microsoft/Agents/blob/main/specs/activity/protocol-activity.md
 */
import { z } from "zod";
import type { Attachment } from "../../../src/index.ts";
import type { Reply } from "../types.ts";
import { attachmentOf } from "./reading.ts";
import { SKEW_S } from "./signed-tokens.ts";

const Account = z.object({ id: z.string().min(1), name: z.string().nullish(), role: z.string().nullish() });
const Sent = z.object({
  contentType: z.string(),
  contentUrl: z.string().nullish(),
  name: z.string().nullish(),
  content: z.unknown().optional(),
});

/** What every activity has. */
export const Activity = z.object({
  type: z.string(),
  channelId: z.string().min(1),
  serviceUrl: z.url(),
});

export const MessageActivity = Activity.extend({
  id: z.string().min(1).nullish(),
  timestamp: z.iso.datetime({ offset: true }).nullish().catch(undefined),
  from: Account,
  recipient: Account,
  conversation: z.object({
    id: z.string().min(1),
    name: z.string().nullish(),
    isGroup: z.boolean().nullish(),
    conversationType: z.string().nullish(),
  }),
  text: z.string().nullish(),
  locale: z.string().nullish(),
  attachments: z.array(Sent).max(100).nullish(),
  deliveryMode: z.string().nullish(),
});
export type MessageActivity = z.infer<typeof MessageActivity>;

/** Said by a person in a chat with nobody else. */
export function isPersonal({ conversation, from, recipient }: MessageActivity): boolean {
  const { isGroup, conversationType } = conversation;
  return !isGroup && (conversationType ?? "personal") === "personal" && from.role !== "bot" && from.id !== recipient.id;
}

/**
 * A message's place among the others: the channel, which keeps the conversation, stamps it. A time that has not come yet is
 * none: it would make everything after it late.
 */
export function orderOf({ timestamp }: MessageActivity, now: Date): number | undefined {
  const time = Date.parse(timestamp ?? "");
  return time >= 0 && time <= now.getTime() + SKEW_S * 1_000 ? time : undefined;
}

const TEAMS_FILE = "application/vnd.microsoft.teams.file.download.info";
const TeamsFile = z.object({ fileType: z.string() });
const TYPES: Readonly<Record<string, string>> = {
  gif: "image/gif",
  heic: "image/heic",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  pdf: "application/pdf",
  png: "image/png",
  txt: "text/plain",
  webp: "image/webp",
};

/** Pictures and files. Cards, and the copy of a message's words in HTML that Teams sends along, are none. */
export function attachmentsOf({ attachments }: MessageActivity): Attachment[] {
  return (attachments ?? []).flatMap(({ contentType, contentUrl, name, content }) => {
    if (!contentUrl) return [];
    const { fileType = "" } = (contentType === TEAMS_FILE && TeamsFile.safeParse(content).data) || {};
    const type = contentType === TEAMS_FILE ? TYPES[fileType.toLowerCase()] : contentType;
    return [attachmentOf(type, contentUrl, name)];
  });
}

/** Suggestions come back as the person's next message, letter for letter. */
export function replyTo({ conversation, from, recipient, locale, id }: MessageActivity, reply: Reply): object {
  const actions = reply.suggestions.map((title) => ({ type: "imBack", title, value: title }));
  return {
    type: "message",
    from: recipient,
    recipient: from,
    conversation,
    ...(locale && { locale }),
    ...(id && { replyToId: id }),
    text: reply.text,
    textFormat: "plain",
    inputHint: reply.ended ? "acceptingInput" : "expectingInput",
    ...(actions.length > 0 && { suggestedActions: { to: [from.id], actions } }),
  };
}

/** Where the reply to a message is to be posted. */
export function replyUrl({ serviceUrl, conversation, id }: MessageActivity): string {
  const base = serviceUrl.endsWith("/") ? serviceUrl : `${serviceUrl}/`;
  const activities = `${base}v3/conversations/${encodeURIComponent(conversation.id)}/activities`;
  return id ? `${activities}/${encodeURIComponent(id)}` : activities;
}
