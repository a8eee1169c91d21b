/** The parts of a message: what a person says with them, and how the agent's own are made. Knows no task. */
import type { Part } from "@a2a-js/sdk";
import { ContentTypeNotSupportedError, RequestMalformedError } from "@a2a-js/sdk/errors";
import { z } from "zod";
import type { Attachment } from "../../../src/index.ts";
import { Attachments, Person } from "../../server/protocol.ts";

/** What a message may tell as data, where a consultation begins with it. */
export const Intake = z.strictObject({
  /** That the person has read the disclaimer and agreed. Left out: it is asked for in words. */
  consent: z.boolean().optional(),
  ...Person.shape,
  /** The person's existing FHIR R4 record, a Bundle. */
  record: z.looseObject({ resourceType: z.literal("Bundle") }).optional(),
});
export type Intake = z.infer<typeof Intake>;

export interface Told {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly intake?: Intake;
}

export function toldIn(parts: readonly Part[]): Told {
  if (parts.length === 0) throw new RequestMalformedError("a message has parts");
  const texts: string[] = [];
  const attachments: Attachment[] = [];
  let intake: Intake | undefined;
  for (const part of parts) {
    const { content } = part;
    switch (content?.$case) {
      case "text":
        texts.push(content.value);
        break;
      case "data":
        intake = { ...intake, ...intakeOf(content.value) };
        break;
      case "url":
        attachments.push({ ...fileOf(part), url: addressOf(content.value) });
        break;
      case "raw":
        // The bytes are not kept: a consultation holds references.
        attachments.push(fileOf(part));
        break;
      default:
        throw new RequestMalformedError("a part holds text, data, url or raw");
    }
  }
  const checked = Attachments.safeParse(attachments);
  if (!checked.success) throw new RequestMalformedError("too many files, or one whose name or type is too long");
  return { text: texts.join("\n"), attachments: checked.data, ...(intake && { intake }) };
}

function intakeOf(value: unknown): Intake {
  const parsed = Intake.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.map(String).join(".") || "the data";
  throw new ContentTypeNotSupportedError(`${field} is not as an intake has it: consent, age, sex, record`);
}

function fileOf({ filename, mediaType }: Part): Attachment {
  return { type: mediaType || "application/octet-stream", ...(filename && { name: filename }) };
}

function addressOf(url: string): string {
  if (/^https?:/i.test(url) && URL.canParse(url)) return url;
  throw new RequestMalformedError("the url of a part is an http or https address");
}

const made = { metadata: undefined, filename: "" };

export function textPart(value: string): Part {
  return { ...made, content: { $case: "text", value }, mediaType: "text/plain" };
}

export function dataPart(value: unknown): Part {
  return { ...made, content: { $case: "data", value }, mediaType: "application/json" };
}

export function filePart({ type, url, name = "" }: Attachment): Part {
  const content = url === undefined ? dataPart({ kept: false }).content : ({ $case: "url", value: url } as const);
  return { ...made, content, filename: name, mediaType: type };
}
