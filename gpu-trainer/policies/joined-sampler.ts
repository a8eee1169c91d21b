/**
 * Requests of many consultations in few calls. What comes while a call is under way waits for the next, so that
 * consultations which answer at once fall into step: a call a turn for all of them.
 */
import { setImmediate } from "node:timers/promises";
import { heeding } from "../client/waiting.ts";
import type { PolicySampler } from "../rollouts/sampler.ts";
import type { SampleOutput, SampleRequest } from "../types.ts";

interface Waiting {
  readonly requests: readonly SampleRequest[];
  resolve(outputs: readonly SampleOutput[]): void;
  reject(error: unknown): void;
}

/** A signal frees its own caller; the call goes on for the others. */
export function joinedSampler(sampler: PolicySampler): PolicySampler {
  let waiting: Waiting[] = [];
  let isBusy = false;

  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting.length > 0) {
      // Whoever was just answered has its next request ready by then.
      await setImmediate();
      const wave = waiting;
      waiting = [];
      try {
        const outputs = await sampler.sample(wave.flatMap(({ requests }) => requests));
        let at = 0;
        for (const { requests, resolve } of wave) {
          resolve(outputs.slice(at, at + requests.length));
          at += requests.length;
        }
      } catch (error) {
        for (const { reject } of wave) reject(error);
      }
      await setImmediate();
    }
    isBusy = false;
  };

  return {
    version: sampler.version,
    get recoveries() {
      return sampler.recoveries;
    },
    sample(requests, signal) {
      const outputs = new Promise<readonly SampleOutput[]>((resolve, reject) => {
        waiting.push({ requests, resolve, reject });
      });
      if (!isBusy) void work();
      return heeding(outputs, signal);
    },
  };
}
