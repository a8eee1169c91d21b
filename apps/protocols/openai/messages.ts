/**
 * A list of messages as what was said: people's words and the agent's, with a mark after each that stands for everything
 * up to it. Instructions (system, developer) and tools are left out: they are never obeyed.
 */
import { hash } from "node:crypto";
import type { Attachment } from "../../../src/index.ts";
import { LONGEST_TEXT, MOST_ATTACHMENTS } from "../../server/protocol.ts";
import { CompletionError } from "./errors.ts";
import type { ContentPart, Message } from "./types.ts";

export interface Spoken {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Digest of the scope and of every word up to here; a client may change white space. */
  readonly mark: string;
}

/** `scope`: whose conversations are kept apart. Throws {@link CompletionError}. */
export function spokenIn(messages: readonly Message[], scope: string): Spoken[] {
  const spoken: Spoken[] = [];
  let mark = digest(scope);
  messages.forEach((message, index) => {
    if (message.role !== "user" && message.role !== "assistant") return;
    const { text, attachments } = contentOf(message.content ?? "", `messages.${index}.content`);
    mark = markAfter(mark, message.role, text, attachments);
    spoken.push({ role: message.role, text, attachments, mark });
  });
  if (spoken.at(-1)?.role !== "user")
    throw new CompletionError(400, "invalid_value", "The last message must be of role user.", "messages");
  return spoken;
}

export function markAfter(
  mark: string,
  role: Spoken["role"],
  text: string,
  attachments: readonly Attachment[] = [],
): string {
  return digest(JSON.stringify([mark, role, text.replace(/\s+/g, " ").trim(), ...attachments]));
}

export function digest(text: string): string {
  return hash("sha256", text.toWellFormed(), "hex").slice(0, 40);
}

function contentOf(content: string | readonly ContentPart[], param: string): Pick<Spoken, "text" | "attachments"> {
  const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  const text = parts
    .flatMap((part) => (part.type === "text" ? [part.text] : part.type === "refusal" ? [part.refusal] : []))
    .join("\n");
  const attachments = parts.flatMap(attachmentsOf);
  if (text.length > LONGEST_TEXT)
    throw new CompletionError(413, "too-large", `A message has at most ${LONGEST_TEXT} characters.`, param);
  if (attachments.length > MOST_ATTACHMENTS)
    throw new CompletionError(400, "invalid_value", `A message has at most ${MOST_ATTACHMENTS} attachments.`, param);
  return { text, attachments };
}

/** Where it is kept elsewhere, that place; of what was sent whole only the media type is kept. */
function attachmentsOf(part: ContentPart): Attachment[] {
  if (part.type === "image_url") {
    const { url } = part.image_url;
    const isPlace = /^https?:\/\//.test(url) && url.length <= 2_000;
    return [{ type: mediaType(url) ?? "image/*", ...(isPlace && { url }) }];
  }
  if (part.type !== "file") return [];
  const { filename, file_data = "" } = part.file;
  const name = filename?.slice(0, 200);
  return [{ type: mediaType(file_data) ?? "application/octet-stream", ...(name && { name }) }];
}

function mediaType(url: string): string | undefined {
  return /^data:([\w.+-]+\/[\w.+-]+)[;,]/.exec(url.slice(0, 200))?.[1];
}
