/** A worker behind the Tinker wire: ours, SkyRL's server, the hosted service. */
import { z } from "zod";
import { WorkerError } from "../errors.ts";
import type { LossBatch, LossOutput, ModelId, Sampler, Worker } from "../types.ts";
import { connection } from "./connection.ts";
import { ClientLimits } from "./limits.ts";
import { type Kind, type ModelOrder, modelOrder } from "./model-order.ts";
import { sampling } from "./sampling.ts";
import { transport } from "./transport.ts";
import { heeding } from "./waiting.ts";
import {
  Anything,
  adamOnWire,
  CreatedModel,
  chunksOf,
  joinOutputs,
  LossAnswer,
  modelOnWire,
  SamplerAnswer,
  SavedAnswer,
  StateInfo,
  StepAnswer,
  savedRoute,
} from "./wire.ts";

export interface HttpWorkerOptions {
  /** For example `http://127.0.0.1:8000`; a path prefix is kept. */
  readonly url: string;
  /** Sent as `X-API-Key`. A worker on loopback may need none. */
  readonly apiKey?: string | undefined;
  /** Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly limits?: z.input<typeof ClientLimits> | undefined;
  /** Aborted once nobody is there to answer; its reason is what calls fail with. */
  readonly gone?: AbortSignal | undefined;
}

/** Nothing is sent before the first call. */
export function httpWorker({ url, apiKey, fetch = globalThis.fetch, limits, gone }: HttpWorkerOptions): Worker {
  const closing = new AbortController();
  const over = gone ? AbortSignal.any([closing.signal, gone]) : closing.signal;
  const to = connection(transport({ url: checkUrl(url), apiKey, fetch, limits: checkLimits(limits), gone: over }));
  const { opened, sample, sampleBatch } = sampling(to);
  let models = 0;
  let samplers = 0;

  const orders = new Map<ModelId, ModelOrder>();
  const orderOf = (model: ModelId): ModelOrder => {
    const order = orders.get(model);
    if (order) return order;
    const message = `there is no model ${model} here: it was unloaded, or another worker has it; make it again and load its last saved state`;
    throw new WorkerError("model-lost", message);
  };

  const samplerOf = ({ sampling_session_id: id, version }: z.output<typeof SamplerAnswer>): Sampler => {
    opened(id);
    return { id, ...(version !== undefined && { version }) };
  };

  /** The result of what changes a model; where it stays unknown, so does the model. */
  const settled = async <T>(order: ModelOrder, result: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    try {
      return await result;
    } catch (error) {
      const isKnown = signal?.aborted || (error instanceof WorkerError && error.code === "worker-failed");
      if (!isKnown) order.giveUp(error);
      throw error;
    }
  };

  /** One operation of a model. Takes its turn before anything is awaited, so that calls keep their order. */
  const operate = async <T>(
    model: ModelId,
    route: string,
    content: object,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
    kind: Kind = "plain",
  ): Promise<T> => {
    const order = orderOf(model);
    const send = (seq_id: number) => to.submit(route, { model_id: model, seq_id, ...content });
    const [request] = await heeding(
      order.submit(kind, async () => [send], signal),
      signal,
    );
    return settled(order, to.result(request!, schema, signal), signal);
  };

  const lossOf = async (
    model: ModelId,
    batch: LossBatch,
    kind: "plain" | "backward",
    signal: AbortSignal | undefined,
  ): Promise<LossOutput> => {
    const order = orderOf(model);
    const route = kind === "backward" ? "forward_backward" : "forward";
    const prepare = async () => {
      const { config } = await to.session();
      return chunksOf(batch, config).map(
        (input) => (seq_id: number) => to.submit(route, { model_id: model, seq_id, [`${route}_input`]: input }),
      );
    };
    const requests = await heeding(order.submit(kind, prepare, signal), signal);
    const results = Promise.all(requests.map((request) => to.result(request, LossAnswer, signal)));
    const output = joinOutputs(await (kind === "backward" ? settled(order, results, signal) : results));
    if (output.logprobs.length === batch.data.length) return output;
    const message = `${route}: ${output.logprobs.length} outputs for ${batch.data.length} datums`;
    throw new WorkerError("worker-answer", message);
  };

  return {
    sample,
    sampleBatch,
    async capabilities({ signal } = {}) {
      return (await heeding(to.session(), signal)).capabilities;
    },
    async createModel(model, { signal } = {}) {
      const { id } = await heeding(to.session(), signal);
      if (!model.lora && !(await to.offers("full_weights"))) {
        throw new WorkerError("not-offered", "this worker trains LoRA models only; give `lora` with a rank");
      }
      const body = { session_id: id, model_seq_id: models++, ...modelOnWire(model) };
      const request = await heeding(to.submit("create_model", body), signal);
      const { model_id } = await to.result(request, CreatedModel, signal);
      orders.set(model_id, modelOrder(model_id));
      return model_id;
    },
    async unload(model, { signal } = {}) {
      const send = () => to.submit("unload_model", { model_id: model });
      const sent = orderOf(model).submit("plain", async () => [send], signal);
      orders.delete(model);
      const [request] = await heeding(sent, signal);
      await to.result(request!, Anything, signal);
    },
    forward: (model, batch, { signal } = {}) => lossOf(model, batch, "plain", signal),
    forwardBackward: (model, batch, { signal } = {}) => lossOf(model, batch, "backward", signal),
    optimStep: (model, params = {}, { signal } = {}) =>
      operate(model, "optim_step", { adam_params: adamOnWire(params) }, StepAnswer, signal, "step"),
    saveState: (model, { name, overwrite, ttlSeconds }, { signal } = {}) => {
      const body = { path: name, ...(overwrite && { overwrite }), ...(ttlSeconds && { ttl_seconds: ttlSeconds }) };
      return operate(model, "save_weights", body, SavedAnswer, signal);
    },
    async loadState(model, { path, optimizer }, { signal } = {}) {
      await operate(model, "load_weights", { path, optimizer }, Anything, signal);
    },
    describeState: (path, { signal } = {}) => heeding(to.ask("weights_info", { tinker_path: path }, StateInfo), signal),
    deleteSaved: (path, { signal } = {}) => heeding(to.remove(savedRoute(path), signal), signal),
    saveWeightsForSampler: (model, { name, ttlSeconds }, { signal } = {}) => {
      const body = { path: name, ...(ttlSeconds && { ttl_seconds: ttlSeconds }) };
      return operate(model, "save_weights_for_sampler", body, SavedAnswer, signal);
    },
    async openSampler(source, { signal } = {}) {
      const number = { sampling_session_seq_id: samplers++ };
      if ("model" in source) {
        const saved = await operate(source.model, "save_weights_for_sampler", number, SamplerAnswer, signal);
        return samplerOf(saved);
      }
      const { id } = await heeding(to.session(), signal);
      const weights = "path" in source ? { model_path: source.path } : { base_model: source.baseModel };
      const body = { session_id: id, ...number, ...weights };
      return samplerOf(await heeding(to.ask("create_sampling_session", body, SamplerAnswer), signal));
    },
    async close() {
      to.end();
      closing.abort(new WorkerError("worker-closed", "this program closed its connection to the worker"));
    },
  };
}

function checkUrl(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new WorkerError("bad-input", `${url} is no address of a worker; write http://HOST:PORT`);
}

function checkLimits(limits: HttpWorkerOptions["limits"]): ClientLimits {
  const parsed = ClientLimits.safeParse(limits ?? {});
  if (parsed.success) return parsed.data;
  throw new WorkerError("bad-input", `limits of the client: ${z.prettifyError(parsed.error)}`);
}
