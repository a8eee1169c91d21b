/** `takeTurn` run by the graph; loads LangGraph when it is first asked for. */
import type { ConversationParts, TakeTurn, TurnOutput } from "../conversation/types.ts";
import type { GraphOptions } from "./graph.ts";

/** The thread is the consultation. Turns of one consultation must not overlap: `hostConversations` sees to that. */
export async function graphTurn(options: GraphOptions = {}): Promise<TakeTurn> {
  const { conversationGraph } = await import("./graph.ts");
  const graphs = new WeakMap<ConversationParts, ReturnType<typeof conversationGraph>>();
  return async function* take(parts, events, message, signal) {
    const graph = graphs.get(parts) ?? conversationGraph(parts, options);
    graphs.set(parts, graph);
    signal?.throwIfAborted();
    // A signal of its own for each run: listeners on a shared one would pile up.
    const own = new AbortController();
    const abort = (): void => own.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    let done = false;
    try {
      const outputs = await graph.stream(
        { given: events.length },
        {
          configurable: { thread_id: events[0]?.consultation ?? "none" },
          context: { events, message },
          signal: own.signal,
          durability: "exit",
          streamMode: "custom",
        },
      );
      for await (const output of outputs) yield output as TurnOutput;
      done = true;
    } finally {
      signal?.removeEventListener("abort", abort);
      // Who stops reading in the middle ends the run.
      if (!done) own.abort();
    }
  };
}
