/**
 * A chat with a running server by AG-UI's client; what was understood, or a clinician's differential, is read from the
 * shared state. `anamnesis serve`, then `node examples/protocols/ag-ui.ts http://127.0.0.1:8080 [TOKEN]`
 */
import { createInterface } from "node:readline/promises";
import { HttpAgent } from "@ag-ui/client";

const [url = "http://127.0.0.1:8080", token = process.env.ANAMNESIS_TOKEN] = process.argv.slice(2);
const agent = new HttpAgent({
  url: `${url}/v1/ag-ui`,
  headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
});
agent.subscribe({
  onTextMessageContentEvent: ({ event }) => void process.stdout.write(event.delta),
  onTextMessageEndEvent: () => console.log(),
  onCustomEvent({ event }) {
    if (event.name === "suggestions") console.log(`(${event.value.join(" / ")})`);
  },
  onRunErrorEvent: ({ event }) => console.error(event.message),
});
const terminal = createInterface({ input: process.stdin });

console.log("Write anything to begin; Ctrl-D ends it.");
process.stdout.write("> ");
for await (const line of terminal) {
  agent.addMessage({ id: crypto.randomUUID(), role: "user", content: line });
  const { result } = await agent.runAgent();
  const understood = Object.values<{ name: string; state: string }>(agent.state.understood ?? {});
  for (const { name, state } of understood) {
    console.log(`  ${state === "present" ? "+" : state === "absent" ? "-" : "?"} ${name}`);
  }
  const differential = understood.length > 0 ? agent.state.differential : undefined;
  const conditions = Object.values<{ name: string; probability: number }>(differential?.conditions ?? {});
  for (const { name, probability } of conditions.toSorted((a, b) => b.probability - a.probability).slice(0, 3)) {
    console.log(`  ${(100 * probability).toFixed(0).padStart(3)} % ${name}`);
  }
  if (result?.ended) break;
  process.stdout.write("> ");
}
terminal.close();
