/**
 * Parameters that would change what an answer means and cannot be honoured: refused by name. Those that would change
 * nothing for who reads the answer (temperature, tools that need not be called, a limit on tokens) are let through.
 */
import { z } from "zod";
import { CompletionError } from "./errors.ts";
import { ChatRequest, MODEL } from "./types.ts";

interface Rule {
  readonly param: string;
  readonly holds: (value: unknown) => boolean;
  readonly message: string;
}

const given = (value: unknown): boolean => value !== undefined && value !== null && value !== false;
const named = z.looseObject({ type: z.string() });

const REFUSED: readonly Rule[] = [
  { param: "n", holds: (n) => given(n) && n !== 1, message: "There is one answer to a message; leave n out." },
  {
    param: "response_format",
    holds: (format) => given(format) && named.safeParse(format).data?.type !== "text",
    message: "The agent speaks in words. For structured answers see /v1/diagnosis, or `consultation` of the answer.",
  },
  {
    param: "tool_choice",
    holds: (choice) => given(choice) && choice !== "none" && choice !== "auto",
    message: "The agent calls no tools; leave tool_choice out.",
  },
  {
    param: "function_call",
    holds: (choice) => given(choice) && choice !== "none" && choice !== "auto",
    message: "The agent calls no functions; leave function_call out.",
  },
  { param: "logprobs", holds: given, message: "There are no log-probabilities; leave logprobs out." },
  { param: "top_logprobs", holds: (n) => given(n) && n !== 0, message: "There are no log-probabilities." },
  { param: "audio", holds: given, message: "The agent answers in text; leave audio out." },
  {
    param: "modalities",
    holds: (asked) => given(asked) && !(Array.isArray(asked) && asked.every((each) => each === "text")),
    message: 'The agent answers in text; leave modalities out, or give ["text"].',
  },
];

/** What was asked for, if it can be given. Throws {@link CompletionError}, which never holds what the person wrote. */
export function requestOf(body: unknown): ChatRequest {
  const parsed = ChatRequest.safeParse(body);
  if (!parsed.success) {
    const param = parsed.error.issues[0]?.path.map(String).join(".") || null;
    throw new CompletionError(400, "invalid_value", `${param ?? "The body"} is not as the API has it.`, param);
  }
  const request = parsed.data;
  for (const { param, holds, message } of REFUSED) {
    if (Object.hasOwn(request, param) && holds(request[param]))
      throw new CompletionError(400, "unsupported_value", message, param);
  }
  if (request.model !== MODEL)
    throw new CompletionError(404, "model_not_found", `There is one model here: ${MODEL}.`, "model");
  return request;
}
