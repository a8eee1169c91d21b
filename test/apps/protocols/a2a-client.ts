/** The protocol's own client, and what a caller does with it. */
import { randomUUID } from "node:crypto";
import { type Artifact, type Message, type Part, Role, type StreamResponse, type Task, TaskState } from "@a2a-js/sdk";
import {
  type Client,
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "@a2a-js/sdk/client";

export const {
  TASK_STATE_INPUT_REQUIRED: ASKED,
  TASK_STATE_COMPLETED: DONE,
  TASK_STATE_CANCELED: CANCELLED,
} = TaskState;

/** A client that found the agent by its card, and sends its token with everything. */
export function client(url: string, token?: string): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init = {}) => {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
  const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
    transports: [new JsonRpcTransportFactory({ fetchImpl })],
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  });
  return new ClientFactory(options).createFromUrl(url);
}

export const text = (value: string): Part => part({ $case: "text", value }, "text/plain");
export const data = (value: unknown): Part => part({ $case: "data", value }, "application/json");
export function part(content: Part["content"], mediaType: string, filename = ""): Part {
  return { content, mediaType, filename, metadata: undefined };
}

export type Request = Parameters<Client["sendMessage"]>[0];
export type To = Partial<Pick<Message, "taskId" | "contextId" | "messageId">>;

export function request(parts: readonly Part[] | string, to: To = {}, historyLength?: number): Request {
  const message: Message = {
    messageId: randomUUID(),
    contextId: "",
    taskId: "",
    role: Role.ROLE_USER,
    parts: typeof parts === "string" ? [text(parts)] : [...parts],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...to,
  };
  const configuration = {
    acceptedOutputModes: [],
    taskPushNotificationConfig: undefined,
    returnImmediately: false,
    ...(historyLength !== undefined && { historyLength }),
  };
  return { tenant: "", message, configuration, metadata: undefined };
}

export async function send(agent: Client, parts: readonly Part[] | string, to: To = {}): Promise<Task> {
  const result = await agent.sendMessage(request(parts, to));
  if (!("status" in result)) throw new Error("expected a task");
  return result as Task;
}

export const get = (agent: Client, id: string): Promise<Task> => agent.getTask({ tenant: "", id });

export function wordsOf(parts: readonly Part[] | undefined): string {
  return (parts ?? [])
    .map(({ content }) => (content?.$case === "text" ? content.value : ""))
    .join("\n")
    .trim();
}

export const saidIn = ({ status }: Task): string => wordsOf(status?.message?.parts);

export function dataIn(parts: readonly Part[] | undefined): Record<string, unknown> {
  const found = (parts ?? []).find(({ content }) => content?.$case === "data");
  return found?.content?.$case === "data" ? found.content.value : {};
}

export function artifact(task: Task, id: string): Artifact | undefined {
  return task.artifacts.find(({ artifactId }) => artifactId === id);
}

/** A consultation with consent in words, answered until it ends. */
export async function untilTheEnd(agent: Client, complaint: string, answer = "no"): Promise<Task> {
  let task = await send(agent, "hello");
  const to = { taskId: task.id };
  task = await send(agent, "yes", to);
  task = await send(agent, complaint, to);
  for (let turn = 0; turn < 40 && task.status?.state === ASKED; turn++) task = await send(agent, answer, to);
  return task;
}

export async function streamed(
  stream: AsyncGenerator<StreamResponse>,
): Promise<NonNullable<StreamResponse["payload"]>[]> {
  const payloads = [];
  for await (const { payload } of stream) payloads.push(payload!);
  return payloads;
}
