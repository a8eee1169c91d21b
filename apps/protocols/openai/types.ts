/**
 * What OpenAI's chat completions speak of, as far as it is heeded or answered here. A *list* is the whole conversation,
 * which a client sends anew each time; parameters that are not named here are let through and change nothing.
 */
import { z } from "zod";
import { DifferentialView } from "../../server/protocol.ts";

/** The one model. */
export const MODEL = "anamnesis";

/** The most messages of one list. */
export const MOST_MESSAGES = 200;

const ContentPart = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text"), text: z.string() }),
  z.looseObject({ type: z.literal("refusal"), refusal: z.string() }),
  /** A picture: kept as a reference; of one that is sent whole (`data:`) only its media type is kept. */
  z.looseObject({ type: z.literal("image_url"), image_url: z.looseObject({ url: z.string() }) }),
  z.looseObject({
    type: z.literal("file"),
    file: z.looseObject({ filename: z.string().optional(), file_data: z.string().optional() }),
  }),
]);
export type ContentPart = z.infer<typeof ContentPart>;

const Content = z.union([z.string(), z.array(ContentPart).max(100)]);

const Message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.literal("user"), content: Content }),
  z.looseObject({ role: z.literal("assistant"), content: Content.nullish() }),
  /** Never obeyed: who asks and what is asked is the server's. */
  z.looseObject({ role: z.enum(["system", "developer", "tool", "function"]) }),
]);
export type Message = z.infer<typeof Message>;

/** Values are strings, as in OpenAI's own interface. */
const Metadata = z.looseObject({
  /** `true`: the person has read the disclaimer and agreed. Otherwise it is asked for in words. */
  consent: z.enum(["true", "false"]).optional(),
  /** The consultation to go on with. Default: found by the messages. */
  consultation: z.string().max(100).optional(),
  /** An id of the last message, by which a repetition is known. Default: made of the messages. */
  message: z.string().min(1).max(512).optional(),
  /** Years, for a consultation that begins. */
  age: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,2})?$/)
    .optional(),
  sex: z.enum(["female", "male"]).optional(),
});

export const ChatRequest = z.looseObject({
  model: z.string().max(200),
  messages: z.array(Message).min(1).max(MOST_MESSAGES),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  /** Keeps the conversations of several people behind one token apart. */
  user: z.string().max(512).nullish(),
  metadata: Metadata.nullish(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

const Usage = z.strictObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});
export type Usage = z.infer<typeof Usage>;

/** An addition to OpenAI's own fields, for programs: how the consultation stands. */
export const Standing = z.strictObject({
  id: z.string(),
  consented: z.boolean(),
  ended: z.boolean(),
  suggestions: z.array(z.string()),
  redFlag: z
    .strictObject({ rule: z.string(), urgency: z.string(), message: z.string(), emergencyNumber: z.string() })
    .optional(),
  urgency: z.string().optional(),
  disclaimer: z.string(),
  /** For clinicians. */
  differential: DifferentialView.optional(),
});
export type Standing = z.infer<typeof Standing>;

const head = { id: z.string(), created: z.int(), model: z.string(), system_fingerprint: z.string() };

export const ChatCompletion = z.strictObject({
  ...head,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.strictObject({
      index: z.literal(0),
      message: z.strictObject({ role: z.literal("assistant"), content: z.string(), refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: z.literal("stop"),
    }),
  ),
  usage: Usage,
  consultation: Standing,
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

/** One event of a stream. */
export const ChatCompletionChunk = z.strictObject({
  ...head,
  object: z.literal("chat.completion.chunk"),
  choices: z.array(
    z.strictObject({
      index: z.literal(0),
      delta: z.strictObject({ role: z.literal("assistant").optional(), content: z.string().optional() }),
      logprobs: z.null(),
      finish_reason: z.literal("stop").nullable(),
    }),
  ),
  usage: Usage.nullish(),
  /** On the last chunk with a choice. */
  consultation: Standing.optional(),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

export const Model = z.strictObject({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
});
export const Models = z.strictObject({ object: z.literal("list"), data: z.array(Model) });

export const ErrorBody = z.strictObject({
  error: z.strictObject({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string() }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;
