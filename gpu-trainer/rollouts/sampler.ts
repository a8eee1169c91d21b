/**
 * The policy at one version, as rollouts ask it. Its weights lie saved under a path, so a worker that dies or forgets
 * is asked again: the dialogues under way are tokens, and tokens are all that is needed to go on.
 */
import { WorkerError } from "../errors.ts";
import type { SampleOutput, SampleRequest, SamplerId, Worker } from "../types.ts";

export interface PolicySampler {
  /** Optimizer steps behind its weights. */
  readonly version: number;
  /** How often the worker was lost and found again. */
  readonly recoveries: number;
  /** One output a request, in order. */
  sample(requests: readonly SampleRequest[], signal?: AbortSignal): Promise<readonly SampleOutput[]>;
}

/** Codes of errors after which the worker has to be found again. */
export const LOST: ReadonlySet<string> = new Set(["worker-died", "model-lost", "session-lost", "worker-unreachable"]);

export interface PolicySamplerOptions {
  readonly worker: Pick<Worker, "openSampler" | "sampleBatch">;
  /** Of saved weights. */
  readonly path: string;
  readonly version: number;
  /** How often one call may find the worker lost before it gives up. Default 3. */
  readonly attempts?: number | undefined;
}

/** Throws `unconfirmed-sync` where the worker samples with other weights than those of this version. */
export function policySampler({ worker, path, version, attempts = 3 }: PolicySamplerOptions): PolicySampler {
  let opened: Promise<SamplerId> | undefined;
  let recoveries = 0;

  const open = async (signal: AbortSignal | undefined): Promise<SamplerId> => {
    const sampler = await worker.openSampler({ path }, { signal });
    if (sampler.version !== undefined) confirm(version, sampler.version);
    return sampler.id;
  };

  return {
    version,
    get recoveries() {
      return recoveries;
    },
    async sample(requests, signal) {
      for (let attempt = 1; ; attempt++) {
        try {
          opened ??= open(signal);
          const outputs = await worker.sampleBatch(await opened, requests, { signal });
          for (const { version: own } of outputs) if (own !== undefined) confirm(version, own);
          return outputs;
        } catch (error) {
          opened = undefined;
          if (attempt >= attempts || !(error instanceof WorkerError) || !LOST.has(error.code)) throw error;
          recoveries++;
        }
      }
    },
  };
}

function confirm(wanted: number, got: number): void {
  if (wanted === got) return;
  const message = `the worker samples with the weights of step ${got}, where those of step ${wanted} were asked for`;
  throw new WorkerError("unconfirmed-sync", `${message}; start the worker again and resume the run`);
}
