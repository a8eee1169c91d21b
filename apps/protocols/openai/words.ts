/** An exchange as a chat completion: content for who reads, `consultation` for programs, whole or in pieces. */

import type { Exchange } from "../../server/exchange.ts";
import type { LogMessage } from "../../server/protocol.ts";
import type { Answer } from "./conversing.ts";
import { type ChatCompletion, type ChatCompletionChunk, MODEL, type Standing, type Usage } from "./types.ts";

/** What the agent said, and in a last line what can be answered: chat pages have no buttons for it. */
export function contentOf({ text, suggestions }: Pick<Exchange, "text" | "suggestions">): string {
  return suggestions.length > 0 ? `${text}\n\n(${suggestions.join(" / ")})` : text;
}

export function completionOf(answer: Answer, version: string): ChatCompletion {
  return {
    ...headOf(answer, version),
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: contentOf(answer), refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: usageOf(answer.messages),
    consultation: standingOf(answer),
  };
}

/** A stream's event without what all of them have in common. */
export type Chunk = Omit<ChatCompletionChunk, "id" | "created" | "model" | "system_fingerprint" | "object">;

export function roleChunk(): Chunk {
  return { choices: [{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }] };
}

export function contentChunk(content: string): Chunk {
  return { choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }] };
}

export function lastChunk(answer: Answer): Chunk {
  return {
    choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }],
    consultation: standingOf(answer),
  };
}

export function usageChunk(answer: Answer): Chunk {
  return { choices: [], usage: usageOf(answer.messages) };
}

/** What a stream's events have in common; `created` is when it began. */
export function headOf({ mark, time }: Pick<Answer, "mark" | "time">, version: string) {
  return {
    id: `chatcmpl-${mark}`,
    created: Math.floor(time / 1000),
    model: MODEL,
    system_fingerprint: `${MODEL}-${version}`,
  };
}

/** What language models of the server used in this turn, as far as the token may see it: the agent itself uses none. */
function usageOf(messages: readonly LogMessage[]): Usage {
  let [prompt_tokens, completion_tokens] = [0, 0];
  for (const message of messages) {
    if (message.type !== "model-called") continue;
    prompt_tokens += message.input;
    completion_tokens += message.output;
  }
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function standingOf({ consultation, redFlag, conclusion, differential, ...answer }: Answer): Standing {
  const { consented, ended, suggestions, disclaimer } = answer;
  return {
    id: consultation,
    consented,
    ended,
    suggestions: [...suggestions],
    disclaimer,
    ...(redFlag && {
      redFlag: {
        rule: redFlag.rule,
        urgency: redFlag.urgency,
        message: redFlag.message,
        emergencyNumber: redFlag.emergencyNumber,
      },
    }),
    ...(conclusion?.urgency && { urgency: conclusion.urgency }),
    ...(differential && { differential }),
  };
}
