/** What an AG-UI client sends to start a run, and what of it is to be said. Its tools, context and instructions are let through and not heeded. */
import { RunAgentInputSchema } from "@ag-ui/core/schemas";
import { z } from "zod";
import { Age, type Attachment, Sex } from "../../../src/index.ts";
import { ServerError } from "../../server/errors.ts";
import type { Words } from "../../server/exchange.ts";
import { MOST_ATTACHMENTS } from "../../server/protocol.ts";
import type { Session } from "../../server/session.ts";

/** As the protocol's own package has it. */
export const RunInput = RunAgentInputSchema;
export type RunInput = z.output<typeof RunInput>;

/** The most messages that are said in one run. */
const MOST_SAID = 200;

/** What the client's own program may tell. Everything else in it is let through. */
const ForwardedProps = z
  .looseObject({
    /** That the person has read the disclaimer and agreed. Otherwise it is asked for in words. */
    consent: z.boolean().optional(),
    /** Whether a run that asks something ends in an interrupt, which the next run has to resume. */
    interrupts: z.boolean().optional(),
    age: Age.optional(),
    sex: Sex.optional(),
  })
  .nullish();
export type Props = NonNullable<z.infer<typeof ForwardedProps>>;

export function propsOf({ forwardedProps }: RunInput): Props {
  const parsed = ForwardedProps.safeParse(forwardedProps);
  if (parsed.success) return parsed.data ?? {};
  const field = ["forwardedProps", ...(parsed.error.issues[0]?.path ?? [])].map(String).join(".");
  throw new ServerError("bad-message", `${field} is not as the API has it`);
}

/** Words that are waited for: the id names the place after which nothing was said. */
export function interruptOf(seq: number): string {
  return `question-${seq}`;
}

/**
 * What is to be said, in order. To a consultation that has heard nothing, everything the person wrote: it is new here.
 * Otherwise what follows the agent's last message; what was said before is known by its id.
 */
export function wordsIn({ messages, resume = [] }: RunInput, session: Session | undefined): Words[] {
  if (resume.length > 0) return resume.flatMap((entry) => resumed(entry, session));
  const isNew = !session?.events.some(({ type }) => type === "patient-said");
  const heard = isNew ? -1 : messages.findLastIndex(({ role }) => role === "assistant");
  const words = messages.slice(heard + 1).flatMap((message): Words[] => {
    if (message.role !== "user") return [];
    const { id, content } = message;
    const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    const attachments = parts.flatMap((part) => (part.type === "text" ? [] : [attachmentOf(part)]));
    if (attachments.length > MOST_ATTACHMENTS)
      throw new ServerError("too-large", `a message has at most ${MOST_ATTACHMENTS} attachments`);
    return [{ id, text, attachments }];
  });
  if (words.length > MOST_SAID) throw new ServerError("too-large", `a run says at most ${MOST_SAID} messages`);
  return words;
}

type Entry = NonNullable<RunInput["resume"]>[number];
const Answer = z.union([z.string(), z.looseObject({ answer: z.string() }).transform(({ answer }) => answer)]);

function resumed({ interruptId, status, payload }: Entry, session: Session | undefined): Words[] {
  const seq = Number(/^question-(\d{1,6})$/.exec(interruptId)?.[1]);
  const since = session?.events.slice(seq).find(({ type }) => type === "patient-said");
  const isOpen = session && seq > 0 && seq <= session.seq && (!since || ("id" in since && since.id === interruptId));
  if (!isOpen) throw new ServerError("not-offered", "no such interrupt is open");
  if (status === "cancelled") return [];
  const answer = Answer.safeParse(payload);
  if (!answer.success) throw new ServerError("bad-message", "the payload of a resume is the person's words");
  return [{ id: interruptId, text: answer.data }];
}

type Part = Exclude<
  Exclude<Extract<RunInput["messages"][number], { role: "user" }>["content"], string>[number],
  { type: "text" }
>;

/** Where it is kept elsewhere, that place; of what was sent whole only the media type is kept. */
function attachmentOf({ type, source }: Part): Attachment {
  const url = source.type === "url" && /^https?:\/\//.test(source.value) ? source.value : undefined;
  const known = source.mimeType?.slice(0, 200);
  return { type: known || `${type}/*`, ...(url && url.length <= 2_000 && { url }) };
}
