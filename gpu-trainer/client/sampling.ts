/** Samples over the wire: one prompt a call, or many where the worker takes them. */
import type { z } from "zod";
import { WorkerError } from "../errors.ts";
import type { SampleOutput, SampleRequest, SamplerId, Worker } from "../types.ts";
import type { Connection } from "./connection.ts";
import type { Pace } from "./transport.ts";
import { heeding, mapAtOnce } from "./waiting.ts";
import { SampleAnswer, SampleBatchAnswer, sampleOnWire } from "./wire.ts";

/** Requests in one call of `asample_batch`, and single calls at once where there is none. */
const BATCH = 2048;
const AT_ONCE = 128;

export interface Sampling extends Pick<Worker, "sample" | "sampleBatch"> {
  /** The worker has opened this sampler. */
  opened(sampler: SamplerId): void;
}

export function sampling({ offers, submit, result }: Connection): Sampling {
  const pace: Pace = { until: 0 };
  const numbers = new Map<SamplerId, number>();

  const numberOf = (sampler: SamplerId): number => {
    const number = numbers.get(sampler);
    if (number === undefined) {
      throw new WorkerError("model-lost", `there is no sampler ${sampler} here: another worker has it; open one again`);
    }
    numbers.set(sampler, number + 1);
    return number;
  };
  /** A sample that the worker lost is asked for once more, under a new number. */
  const sampled = async <T>(
    route: string,
    sampler: SamplerId,
    content: object,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      const body = { sampling_session_id: sampler, seq_id: numberOf(sampler), ...content };
      const request = await heeding(submit(route, body, pace), signal);
      try {
        return await result(request, schema, signal);
      } catch (error) {
        if (attempt > 0 || !(error instanceof WorkerError && error.status === 410)) throw error;
      }
    }
  };

  const sample: Worker["sample"] = async (sampler, request, { signal } = {}) => {
    const body = sampleOnWire(request, await heeding(offers("cache_key"), signal));
    return checkCount(await sampled("asample", sampler, body, SampleAnswer, signal), request);
  };

  const batch = async (sampler: SamplerId, requests: readonly SampleRequest[], signal: AbortSignal | undefined) => {
    const keepsCaches = await heeding(offers("cache_key"), signal);
    const body = { requests: requests.map((request) => sampleOnWire(request, keepsCaches)) };
    const { responses } = await sampled("asample_batch", sampler, body, SampleBatchAnswer, signal);
    if (responses.length !== requests.length) {
      const message = `asample_batch: ${responses.length} answers to ${requests.length} requests`;
      throw new WorkerError("worker-answer", message);
    }
    return responses.map((response, index) => {
      if ("error" in response) throw new WorkerError("worker-failed", `prompt ${index}: ${response.error}`);
      return checkCount(response, requests[index]!);
    });
  };

  return {
    opened: (sampler) => numbers.set(sampler, 0),
    sample,
    async sampleBatch(sampler, requests, options = {}) {
      if (!(await heeding(offers("asample_batch"), options.signal))) {
        return mapAtOnce(requests, AT_ONCE, (request) => sample(sampler, request, options));
      }
      const parts = Array.from({ length: Math.ceil(requests.length / BATCH) }, (_, index) =>
        requests.slice(index * BATCH, (index + 1) * BATCH),
      );
      return (await Promise.all(parts.map((part) => batch(sampler, part, options.signal)))).flat();
    },
  };
}

function checkCount(output: SampleOutput, { count = 1 }: SampleRequest): SampleOutput {
  if (output.sequences.length === count) return output;
  throw new WorkerError(
    "worker-answer",
    `asample: ${output.sequences.length} sequences, where ${count} were asked for`,
  );
}
