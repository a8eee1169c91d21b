/**
 * A worker that this program starts, and stops. When its process dies, calls under way fail with `worker-died` and the
 * next call starts it again over the same folder of saved states; models and samplers from before are lost then.
 */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { z } from "zod";
import { httpWorker } from "../client/http-worker.ts";
import type { ClientLimits } from "../client/limits.ts";
import { heeding } from "../client/waiting.ts";
import { WorkerError } from "../errors.ts";
import type { CallOptions, Worker } from "../types.ts";
import { type Launched, launch } from "./launch.ts";

export interface OwnedWorkerOptions {
  /** A Hugging Face directory, or a configuration (`.json`) for random weights; served under its own name. */
  readonly model: string;
  /** Where states are saved; made where it is missing. */
  readonly stateDirectory: string;
  /** Default cpu. */
  readonly device?: "cpu" | "cuda" | undefined;
  /** The interpreter; see `findPython`. */
  readonly python?: string | undefined;
  /** Further options of `python -m anamnesis_worker serve`. */
  readonly serve?: readonly string[] | undefined;
  /** Milliseconds until it must be ready. Default 180,000: importing PyTorch takes its time. */
  readonly startWithin?: number | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. Default 10,000. */
  readonly stopWithin?: number | undefined;
  /** The lines of the process's log. */
  readonly log?: ((line: string) => void) | undefined;
  readonly limits?: z.input<typeof ClientLimits> | undefined;
}

export interface OwnedWorker extends Worker {
  /** Of the process as it runs now; undefined while none does. */
  readonly pid: number | undefined;
  readonly url: string | undefined;
}

interface Running {
  readonly process: Launched;
  readonly worker: Worker;
}

/** The worker, ready; `close` ends the process. */
export async function startWorker(options: OwnedWorkerOptions): Promise<OwnedWorker> {
  const { startWithin = 180_000, stopWithin = 10_000, log = () => {}, python, limits } = options;
  // Others on this machine can reach the loopback too.
  const apiKey = `tml-${randomBytes(24).toString("hex")}`;
  let starting: Promise<Running> | undefined;
  let running: Running | undefined;
  let closed = false;

  const start = async (): Promise<Running> => {
    const variables = { ANAMNESIS_WORKER_TOKEN: apiKey };
    const launched = await launch({ args: serveArguments(options), python, variables, within: startWithin, log });
    const { url, gone } = launched;
    const worker = httpWorker({ url, apiKey, gone, limits });
    running = { process: launched, worker };
    gone.addEventListener("abort", () => {
      running = undefined;
      starting = undefined;
    });
    return running;
  };
  const live = async (): Promise<Worker> => {
    if (closed) throw new WorkerError("worker-closed", "this program closed the worker");
    starting ??= start().catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    return (await starting).worker;
  };
  /** Every call takes this way, so that calls reach the worker in their order. */
  const via = async <T>(call: CallOptions | undefined, use: (worker: Worker) => Promise<T>): Promise<T> =>
    use(await heeding(live(), call?.signal));

  await live();
  return {
    get pid() {
      return running?.process.pid;
    },
    get url() {
      return running?.process.url;
    },
    capabilities: (call) => via(call, (worker) => worker.capabilities(call)),
    createModel: (model, call) => via(call, (worker) => worker.createModel(model, call)),
    unload: (model, call) => via(call, (worker) => worker.unload(model, call)),
    forward: (model, batch, call) => via(call, (worker) => worker.forward(model, batch, call)),
    forwardBackward: (model, batch, call) => via(call, (worker) => worker.forwardBackward(model, batch, call)),
    optimStep: (model, params, call) => via(call, (worker) => worker.optimStep(model, params, call)),
    saveState: (model, save, call) => via(call, (worker) => worker.saveState(model, save, call)),
    loadState: (model, state, call) => via(call, (worker) => worker.loadState(model, state, call)),
    deleteSaved: (path, call) => via(call, (worker) => worker.deleteSaved(path, call)),
    describeState: (path, call) => via(call, (worker) => worker.describeState(path, call)),
    saveWeightsForSampler: (model, save, call) =>
      via(call, (worker) => worker.saveWeightsForSampler(model, save, call)),
    openSampler: (source, call) => via(call, (worker) => worker.openSampler(source, call)),
    sample: (sampler, request, call) => via(call, (worker) => worker.sample(sampler, request, call)),
    sampleBatch: (sampler, requests, call) => via(call, (worker) => worker.sampleBatch(sampler, requests, call)),
    async close() {
      closed = true;
      const last = await starting?.catch(() => undefined);
      await last?.worker.close();
      await last?.process.stop(stopWithin);
    },
  };
}

function serveArguments({ model, stateDirectory, device = "cpu", serve = [] }: OwnedWorkerOptions): string[] {
  const own = ["--model", resolve(model), "--state", resolve(stateDirectory), "--device", device, "--port", "0"];
  return ["serve", "--until-stdin-ends", ...own, ...serve];
}
