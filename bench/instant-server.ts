/** A server of the worker's wire that answers at once: as much of it as rollouts need. Started by `trainer.ts`. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Policy {
  readonly asks: readonly number[];
  readonly conclusion: number;
  /** The token after which it concludes. */
  readonly nowOrNever: number;
}

interface Body {
  readonly requests?: readonly Prompt[];
  readonly request_id?: string;
}

interface Prompt {
  readonly prompt: { readonly chunks: readonly { readonly tokens: readonly number[] }[] };
}

process.once("message", ({ asks, conclusion, nowOrNever }: Policy) => {
  const next = ({ prompt }: Prompt): number => {
    const { tokens } = prompt.chunks[0]!;
    return tokens.at(-1) === nowOrNever ? conclusion : asks[(tokens.length * 7) % asks.length]!;
  };
  const sampled = (request: Prompt) => ({
    type: "sample",
    sequences: [{ tokens: [next(request)], logprobs: [-1], stop_reason: "length" }],
    version: 0,
  });
  const results = new Map<string, unknown>();
  const answer = (route: string, body: Body): unknown => {
    switch (route) {
      case "client/config":
        return {};
      case "get_server_capabilities":
        return { supported_models: [{ model_name: "model" }], extensions: ["asample_batch", "version", "cache_key"] };
      case "create_session":
        return { session_id: "s" };
      case "create_sampling_session":
        return { sampling_session_id: "ss" };
      case "asample_batch": {
        const id = `r${results.size}`;
        results.set(id, { responses: body.requests!.map(sampled), type: "sample_batch" });
        return { request_id: id };
      }
      case "retrieve_future":
        return results.get(body.request_id!);
      default:
        return {};
    }
  };
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const route = incoming.url!.replace(/^.*\/api\/v1\//, "");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer(route, text === "" ? {} : JSON.parse(text))));
  });
  server.listen(0, "127.0.0.1", () => {
    process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
});
