/**
 * An agent that calls this one through A2A 1.0, for a person at the terminal. Beside a server (`anamnesis serve`):
 * `node examples/protocols/a2a.ts http://127.0.0.1:8080`, a token in ANAMNESIS_TOKEN. In a project of your own:
 * `npm install @a2a-js/sdk`.
 */
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { type Message, type Part, Role, TaskState } from "@a2a-js/sdk";
import { ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory } from "@a2a-js/sdk/client";

const [url = "http://127.0.0.1:8080"] = process.argv.slice(2);
const { ANAMNESIS_TOKEN } = process.env;

/** The card and every call ask for the token. */
const fetchImpl: typeof fetch = (input, init = {}) => {
  const headers = new Headers(init.headers);
  if (ANAMNESIS_TOKEN !== undefined) headers.set("authorization", `Bearer ${ANAMNESIS_TOKEN}`);
  return fetch(input, { ...init, headers });
};
const factory = new ClientFactory({
  transports: [new JsonRpcTransportFactory({ fetchImpl })],
  cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
});
const agent = await factory.createFromUrl(url);
console.log((await agent.getAgentCard()).description);

function show(parts: readonly Part[] = []): void {
  for (const { content } of parts) {
    if (content?.$case === "text") console.log(content.value);
    if (content?.$case === "data" && content.value.suggestions)
      console.log(`(${content.value.suggestions.join(" / ")})`);
  }
}

/** Says something in the task, or in a new one, and shows what comes back as it comes. */
async function say(text: string, taskId: string): Promise<{ taskId: string; isOver: boolean }> {
  const part: Part = {
    content: { $case: "text", value: text },
    mediaType: "text/plain",
    filename: "",
    metadata: undefined,
  };
  const message: Message = {
    messageId: randomUUID(),
    taskId,
    contextId: "",
    role: Role.ROLE_USER,
    parts: [part],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
  let state = TaskState.TASK_STATE_UNSPECIFIED;
  let id = taskId;
  for await (const { payload } of agent.sendMessageStream({
    tenant: "",
    message,
    configuration: undefined,
    metadata: undefined,
  })) {
    if (payload?.$case === "task") id = payload.value.id;
    if (payload?.$case === "artifactUpdate") console.log(`Artifact: ${payload.value.artifact?.name}`);
    if (payload?.$case !== "statusUpdate") continue;
    state = payload.value.status?.state ?? state;
    show(payload.value.status?.message?.parts);
  }
  return { taskId: id, isOver: state !== TaskState.TASK_STATE_INPUT_REQUIRED };
}

let task = "";
for await (const line of createInterface({ input: process.stdin })) {
  const { taskId, isOver } = await say(line, task);
  task = taskId;
  if (isOver) break;
}
