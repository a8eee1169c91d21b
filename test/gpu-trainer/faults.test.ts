/** What the client makes of a wire that goes wrong: every reaction against a scripted server. */
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type Datum, httpWorker, type Worker } from "../../gpu-trainer/index.ts";
import {
  type WireAnswer,
  type WireRequest,
  type WireScript,
  type WireServer,
  wireServer,
} from "../fixtures/wire-server.ts";

const QUICK = { firstPause: 1, longestPause: 5, unreachable: 30_000, heartbeat: 60_000 };
const LORA = { baseModel: "tiny", lora: { rank: 8 } };
const DATUM: Datum = { tokens: [7, 8, 9], inputs: { target_tokens: [8, 9, 2], weights: [0, 1, 1] } };
const BATCH = { data: [DATUM], loss: "cross_entropy" };
const PROMPT = { prompt: [7], maxTokens: 2 };

const open: { worker: Worker; server: WireServer }[] = [];
afterEach(async () => {
  for (const { worker, server } of open.splice(0)) {
    await worker.close();
    await server.close();
  }
});

async function against(script?: WireScript, limits = {}, result?: (submitted: WireRequest) => unknown) {
  const server = await wireServer(script, result);
  const worker = httpWorker({ url: server.url, apiKey: "tml-test", limits: { ...QUICK, ...limits } });
  open.push({ worker, server });
  return { server, worker };
}

async function modelAgainst(...args: Parameters<typeof against>) {
  const opened = await against(...args);
  return { ...opened, model: await opened.worker.createModel(LORA) };
}

/** The first `times` requests of the route get this answer. */
const first =
  (times: number, route: string, answer: WireAnswer): WireScript =>
  (request, nth) =>
    request.route === route && nth < times ? answer : undefined;

const problem = (status: number, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers,
  json: { detail: `scripted ${status}` },
});

describe("a submission", () => {
  test.each([
    ["408", problem(408)],
    ["429", problem(429)],
    ["500", problem(500)],
    ["503 that asks for a pause", problem(503, { "retry-after-ms": "1" })],
    ["400 without a body, as proxies send it", { status: 400, raw: "" }],
    ["404 that asks to be tried again", problem(404, { "x-should-retry": "true" })],
    ["a cut connection", "cut"],
  ] as [string, WireAnswer][])("that gets %s is sent again, byte for byte", async (_, answer) => {
    const { server, worker, model } = await modelAgainst(first(3, "forward_backward", answer));
    await worker.forwardBackward(model, BATCH);
    const bodies = server.bodies("forward_backward");
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ model_id: "m1", seq_id: 1 });
    expect(server.requests[0]!.headers["x-api-key"]).toBe("tml-test");
  });

  test.each([400, 401, 403, 409, 413, 422])("that is refused with %d fails with the worker's words", async (status) => {
    const { server, worker, model } = await modelAgainst(first(1, "forward", problem(status)));
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({
      code: "worker-refused",
      status,
      message: expect.stringContaining(`scripted ${status}`),
    });
    expect(server.bodies("forward")).toHaveLength(1);
  });

  test("that nobody answers fails once retries have lasted long enough", async () => {
    const { worker, server } = await against(undefined, { unreachable: 100 });
    await worker.capabilities();
    await server.close();
    await expect(worker.createModel(LORA)).rejects.toMatchObject({
      code: "worker-unreachable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("with numbers that are not finite or lists of another length is never sent", async () => {
    const { server, worker, model } = await modelAgainst();
    const broken = (inputs: Datum["inputs"]) => worker.forward(model, { ...BATCH, data: [{ tokens: [7, 8], inputs }] });
    await expect(broken({ target_tokens: [8, 9], weights: [1, Number.NaN] })).rejects.toThrow(
      "datum 0: weights: NaN at 1",
    );
    await expect(broken({ target_tokens: [8] })).rejects.toThrow("datum 0: target_tokens: 1 numbers");
    await expect(broken({ target_tokens: [8, -1] })).rejects.toMatchObject({ code: "bad-input", fault: "input" });
    await expect(worker.forward(model, { ...BATCH, data: [] })).rejects.toThrow("the batch is empty");
    expect(server.bodies("forward")).toEqual([]);
  });
});

describe("a result", () => {
  const polls = (times: number, answer: WireAnswer) => first(times, "retrieve_future", answer);
  const ofForward = (answer: WireAnswer, times = Number.POSITIVE_INFINITY): WireScript => {
    return (request, nth) => (nth > 0 ? polls(times + 1, answer)(request, nth) : undefined);
  };

  test.each([
    ["408 try again", { status: 408, json: { type: "try_again", request_id: "r2", queue_state: "active" } }],
    ["200 try again", { json: { type: "try_again", request_id: "r2", queue_state: "active" } }],
    ["429", problem(429)],
    ["502", problem(502)],
    ["a cut connection", "cut"],
    ["400, thrice", problem(400)],
  ] as [string, WireAnswer][])("that is answered by %s is asked for again", async (_, answer) => {
    const { server, worker, model } = await modelAgainst(ofForward(answer, 3));
    const { logprobs, metrics } = await worker.forward(model, BATCH);
    expect(logprobs).toEqual([[-1, -1, -1]]);
    expect(metrics["loss:sum"]).toBe(1);
    expect(
      server
        .bodies("retrieve_future")
        .slice(1)
        .map(({ request_id }) => request_id),
    ).toEqual(["r2", "r2", "r2", "r2"]);
  });

  test("that is an error is the operation's, with its category", async () => {
    const failure = { error: "out of memory; send fewer tokens at once", category: "user" };
    const { worker, model } = await modelAgainst(ofForward({ json: failure }));
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({
      code: "worker-failed",
      fault: "input",
      message: failure.error,
    });
  });

  test("that some servers report as 400 fails once it was doubted three times", async () => {
    const { server, worker, model } = await modelAgainst(ofForward(problem(400)));
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({
      code: "worker-failed",
      message: "400 scripted 400",
    });
    expect(server.bodies("retrieve_future")).toHaveLength(5);
  });

  test.each([
    ["bare NaN", { raw: '{"loss_fn_outputs":[{"logprobs":{"data":[NaN]}}]}' }],
    ["null for a number", { json: { loss_fn_outputs: [{ logprobs: { data: [null, -1, -1] } }] } }],
    ["something else", { json: { hello: "world" } }],
    ["too few outputs", { json: { loss_fn_outputs: [], metrics: {} } }],
  ] as [string, WireAnswer][])("that holds %s is not taken", async (_, answer) => {
    const { worker, model } = await modelAgainst(ofForward(answer));
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({ code: "worker-answer" });
  });

  test("that does not come in time is a timeout", async () => {
    const { worker, model } = await modelAgainst(ofForward(problem(408)), { result: 1_000 });
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({ code: "worker-timeout" });
  });

  test("of a step that the worker lost costs the model: nobody knows what it holds", async () => {
    const { worker, model } = await modelAgainst(ofForward(problem(410)));
    await expect(worker.optimStep(model)).rejects.toMatchObject({ code: "worker-refused", status: 410 });
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({ code: "model-lost" });
  });

  test("of a sample that the worker lost is sampled again, under a new number", async () => {
    const { server, worker } = await against(polls(1, problem(410)));
    const { id } = await worker.openSampler({ baseModel: "tiny" });
    expect((await worker.sample(id, PROMPT)).sequences).toHaveLength(1);
    expect(server.bodies("asample").map(({ seq_id }) => seq_id)).toEqual([0, 1]);
  });
});

describe("operations of one model", () => {
  test("are sent one after another in the order of the calls, none awaited", async () => {
    const { server, worker, model } = await modelAgainst(first(2, "forward_backward", problem(503)));
    await Promise.all([
      worker.forwardBackward(model, BATCH),
      worker.optimStep(model, { learningRate: 0.01 }),
      worker.forwardBackward(model, BATCH),
      worker.optimStep(model),
      worker.openSampler({ model }).catch(() => undefined),
      worker.saveState(model, { name: "a" }),
    ]);
    const sent = server.requests.filter(({ body }) => body?.seq_id).map(({ route, body }) => [route, body.seq_id]);
    expect(sent.slice(2)).toEqual([
      ["forward_backward", 1],
      ["optim_step", 2],
      ["forward_backward", 3],
      ["optim_step", 4],
      ["save_weights_for_sampler", 5],
      ["save_weights", 6],
    ]);
  });

  test("a step that was called with a pass that was then refused is not taken", async () => {
    const { server, worker, model } = await modelAgainst(first(1, "forward_backward", problem(422)));
    const [pass, step] = await Promise.allSettled([worker.forwardBackward(model, BATCH), worker.optimStep(model)]);
    expect(pass).toMatchObject({ reason: { code: "worker-refused" } });
    expect(step).toMatchObject({ reason: { code: "gradient-incomplete" } });
    expect(server.bodies("optim_step")).toEqual([]);
    // Nothing had reached the worker: the next pass and step are whole.
    await worker.forwardBackward(model, BATCH);
    expect((await worker.optimStep(model)).metrics).toEqual({ "grad_norm:mean": 1 });
  });

  test("a part of a gradient that cannot be taken back costs the model", async () => {
    const refused: WireScript = ({ route }, nth) =>
      route === "forward_backward" && nth === 1 ? problem(422) : undefined;
    const { worker, model } = await modelAgainst(refused);
    const calls = [worker.forwardBackward(model, BATCH), worker.forwardBackward(model, BATCH), worker.optimStep(model)];
    expect((await Promise.allSettled(calls))[2]).toMatchObject({ reason: { code: "gradient-incomplete" } });
    await expect(worker.forwardBackward(model, BATCH)).rejects.toMatchObject({ code: "model-lost" });
  });

  test("one that was aborted before its turn is withdrawn and uses no number", async () => {
    const { server, worker, model } = await modelAgainst(first(2, "forward", problem(503)));
    const abort = new AbortController();
    const before = worker.forward(model, BATCH);
    const withdrawn = worker.optimStep(model, {}, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(withdrawn).rejects.toThrow("enough");
    await before;
    await worker.optimStep(model);
    expect(server.bodies("optim_step").map(({ seq_id }) => seq_id)).toEqual([2]);
  });

  test("a large batch travels in chunks, and comes back as one", async () => {
    const config = { json: { fwdbwd_max_chunk_len: 2 } };
    const { server, worker, model } = await modelAgainst(first(1, "client/config", config));
    const data = [1, 2, 3, 4, 5].map((n) => ({
      tokens: new Array(n).fill(7),
      inputs: { target_tokens: new Array(n).fill(8) },
    }));
    const { logprobs, metrics } = await worker.forwardBackward(model, { data, loss: "cross_entropy" });
    expect(logprobs.map(({ length }) => length)).toEqual([1, 2, 3, 4, 5]);
    expect(metrics).toEqual({ "loss:sum": 5, "loss:mean": (2 * 2 + 2 * 2 + 1) / 5, "longest:max": 2 });
    expect(server.bodies("forward_backward").map(({ seq_id }) => seq_id)).toEqual([1, 2, 3]);
  });
});

describe("samples", () => {
  test("that find the worker busy all wait, and are sent again under the same number", async () => {
    const { server, worker } = await against(first(1, "asample", problem(429)));
    const { id } = await worker.openSampler({ baseModel: "tiny" });
    const outputs = await worker.sampleBatch(id, [PROMPT, { ...PROMPT, count: 3 }]);
    expect(outputs.map(({ sequences }) => sequences.length)).toEqual([1, 3]);
    expect(new Set(server.bodies("asample").map(({ seq_id }) => seq_id))).toEqual(new Set([0, 1]));
  });

  test("can be broken off while they are waited for", async () => {
    const { worker } = await against(first(Number.POSITIVE_INFINITY, "retrieve_future", problem(408)));
    const { id } = await worker.openSampler({ baseModel: "tiny" });
    await expect(worker.sample(id, PROMPT, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
  });

  test("of a sampler that is not this worker's are refused here", async () => {
    const { worker } = await against();
    await expect(worker.sample("ss9", PROMPT)).rejects.toMatchObject({ code: "model-lost" });
  });
});

describe("a session", () => {
  test("shows signs of life, and is known to be lost once the worker has forgotten it", async () => {
    const forgotten = first(Number.POSITIVE_INFINITY, "session_heartbeat", problem(404));
    const { server, worker, model } = await modelAgainst(forgotten, { heartbeat: 5 });
    while (server.bodies("session_heartbeat").length === 0) await pause(2);
    await pause(20);
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({ code: "session-lost" });
    expect(server.bodies("session_heartbeat")).toEqual([{ session_id: "s1" }]);
  });

  test("that was forgotten between two signs of life is told from a model that was", async () => {
    const lost: WireScript = ({ route }) =>
      ["forward", "session_heartbeat"].includes(route) ? problem(404) : undefined;
    const { worker, model } = await modelAgainst(lost);
    await expect(worker.forward(model, BATCH)).rejects.toMatchObject({ code: "session-lost" });
    const unknown = await modelAgainst(({ route }) => (route === "forward" ? problem(404) : undefined));
    await expect(unknown.worker.forward(unknown.model, BATCH)).rejects.toMatchObject({
      code: "worker-refused",
      status: 404,
    });
  });

  test("is opened anew by the next call where opening it failed", async () => {
    const { server, worker } = await against(first(1, "create_session", problem(401)));
    await expect(worker.capabilities()).rejects.toThrow("is the API key right?");
    expect(await worker.capabilities()).toEqual({ models: [{ name: "tiny" }], extensions: [] });
    expect(server.bodies("create_session")).toHaveLength(2);
  });

  test("with a server that knows no client configuration goes on without", async () => {
    const { worker } = await against(first(1, "client/config", problem(404)));
    expect((await worker.capabilities()).models).toEqual([{ name: "tiny" }]);
  });

  test("ends with the worker's close: what is under way fails, and nothing is sent any more", async () => {
    const { server, worker, model } = await modelAgainst(
      ({ route }) => (route === "forward" ? problem(503) : undefined),
      {
        unreachable: 10_000,
      },
    );
    const waiting = worker.forward(model, BATCH);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: "worker-closed" }), worker.close()]);
    const sent = server.requests.length;
    await expect(worker.optimStep(model)).rejects.toMatchObject({
      code: expect.stringMatching(/worker-closed|model-lost/),
    });
    expect(server.requests).toHaveLength(sent);
  });
});

describe("what a worker does not offer", () => {
  test("is an error: all weights in training", async () => {
    const { worker } = await against();
    await expect(worker.createModel({ baseModel: "tiny" })).rejects.toMatchObject({ code: "not-offered" });
  });

  test("is an error: addresses and limits that cannot be", () => {
    expect(() => httpWorker({ url: "localhost:8000" })).toThrow("write http://HOST:PORT");
    expect(() => httpWorker({ url: "http://localhost:8000", limits: { poll: -1 } })).toThrow("poll");
  });
});
