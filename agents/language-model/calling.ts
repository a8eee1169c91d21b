/**
 * One call to a chat model: a time limit, retries with growing pauses, tokens counted and bounded. And a structured
 * call: JSON that a schema accepts, mended once at the model's own hand, or a typed failure.
 */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { seededRandom } from "../../src/index.ts";
import type { Asides } from "../conversation/types.ts";
import { AgentError } from "../errors.ts";
import { type Meter, spendingMeter } from "./meter.ts";
import type { ChatModel } from "./model.ts";
import { tokenCounter } from "./tokens.ts";

export interface CallOptions {
  readonly model: ChatModel;
  /** Milliseconds that one try may take. Default 8000. */
  readonly timeout?: number | undefined;
  /** Tries after the first, for time-outs, lost connections, 408, 409, 429 and 5xx. Default 1. */
  readonly retries?: number | undefined;
  /** Milliseconds before the second try; doubled for each further one, half of it by chance. Default 250. */
  readonly backoff?: number | undefined;
  /** Counts and bounds what is spent. Default: a meter of its own with its defaults. */
  readonly meter?: Meter | undefined;
}

/** Who may say what: the system's words are the project's, everything of a person is in the user's. */
export interface Prompt {
  readonly system: string;
  readonly user: string;
}

export interface CallContext extends Asides {
  /** Which part of the agent calls, for the log. Default "model". */
  readonly part?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Fixes the model's chance where its provider takes a seed. */
  readonly seed?: number | undefined;
  /** Stop reading once the answer has this many characters. Default 20,000. */
  readonly longest?: number | undefined;
}

export type Caller = (prompt: Prompt | readonly Turn[], context?: CallContext) => Promise<string>;
export type Turn = readonly [role: "system" | "human" | "ai", text: string];

/** Throws `model-timeout`, `model-failed` or `over-budget`; an abort of the caller's own signal is thrown as it is. */
export function modelCaller(options: CallOptions): Caller {
  const { model, timeout = 8_000, retries = 1, backoff = 250, meter = spendingMeter() } = options;
  const random = seededRandom("backoff");

  return async (prompt, context = {}) => {
    const { consultation = "", part = "model", spent, report, signal, seed, longest = 20_000 } = context;
    const turns: readonly Turn[] = isTurns(prompt)
      ? prompt
      : [
          ["system", prompt.system],
          ["human", prompt.user],
        ];
    const count = await tokenCounter();
    const input = turns.reduce((sum, [, text]) => sum + count(text) + TURN_TOKENS, 0);
    for (let tried = 0; ; tried++) {
      meter.admit(consultation, input, spent);
      const limit = AbortSignal.timeout(timeout);
      let text = "";
      try {
        const within = signal ? AbortSignal.any([signal, limit]) : limit;
        const settings = { signal: within, ...(seed !== undefined && { seed }) };
        for await (const chunk of await model.stream(
          turns.map(([role, words]) => [role, words] as [string, string]),
          settings,
        )) {
          text += chunk.text;
          if (text.length > longest) break;
        }
        signal?.throwIfAborted();
        if (limit.aborted) throw limit.reason;
        return text;
      } catch (cause) {
        if (signal?.aborted) throw signal.reason;
        const late = limit.aborted;
        if (tried >= retries || !(late || isPassing(cause))) {
          const message = late ? `the model took more than ${timeout} ms` : "the model could not be called";
          throw new AgentError(late ? "model-timeout" : "model-failed", message, { fault: "work", cause });
        }
      } finally {
        const output = count(text);
        const cost = meter.add(consultation, { input, output });
        report?.({ type: "model-called", part, input, output, cost });
      }
      const wait = backoff * 2 ** tried;
      await pause(wait / 2 + (wait / 2) * random.float(), undefined, signal ? { signal } : {});
    }
  };
}

/** What a chat format adds to each turn. */
const TURN_TOKENS = 4;

function isTurns(prompt: Prompt | readonly Turn[]): prompt is readonly Turn[] {
  return Array.isArray(prompt);
}

/** Whether trying again may help. */
function isPassing(error: unknown): boolean {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status !== "number" || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** What `schema` reads in the model's answer. Throws `bad-output` where a second answer does not fit either. */
export async function structuredCall<T>(
  call: Caller,
  schema: z.ZodType<T>,
  prompt: Prompt,
  context: CallContext,
): Promise<T> {
  const turns: Turn[] = [
    ["system", prompt.system],
    ["human", prompt.user],
  ];
  const first = await call(turns, context);
  const read = readJson(schema, first);
  if (read.ok) return read.value;
  const mend = `That does not fit:\n${read.fault.slice(0, 1000)}\nAnswer again with the corrected JSON object and nothing else.`;
  const second = readJson(schema, await call([...turns, ["ai", first.slice(0, 8000)], ["human", mend]], context));
  if (second.ok) return second.value;
  throw new AgentError("bad-output", "the model's answer does not fit the schema, twice", { fault: "work" });
}

type ReadJson<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

function readJson<T>(schema: z.ZodType<T>, text: string): ReadJson<T> {
  const begin = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (begin < 0 || end < begin) return { ok: false, fault: "there is no JSON object" };
  let value: unknown;
  try {
    value = JSON.parse(text.slice(begin, end + 1));
  } catch {
    return { ok: false, fault: "the JSON cannot be parsed" };
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, fault: z.prettifyError(parsed.error) };
}
