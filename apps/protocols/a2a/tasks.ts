/**
 * What A2A asks of an agent, over the server's consultations, for one holder. There is no store of tasks: each is a view of
 * a consultation's events (`task.ts`), so a restart or another server changes nothing.
 */
import { type AgentCard, type ListTasksResponse, type StreamResponse, type Task, TaskState } from "@a2a-js/sdk";
import {
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotCancelableError,
  UnsupportedOperationError,
} from "@a2a-js/sdk/errors";
import type { A2ARequestHandler } from "@a2a-js/sdk/server";
import { endingOf } from "../../../src/index.ts";
import type { Holder } from "../../server/tokens.ts";
import { sessionsIn, taskIn } from "./contexts.ts";
import { failureOf } from "./failures.ts";
import { growthOf } from "./following.ts";
import { type A2aContext, prepared } from "./sending.ts";
import { taskOf } from "./task.ts";

const CANCELLED = "cancelled";

/** What a call comes with. */
export interface Caller {
  readonly holder: Holder;
  readonly card: AgentCard;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

export function tasksOf({ holder, card, gone }: Caller, context: A2aContext): A2ARequestHandler {
  const { hub, log } = context;
  const { audience } = holder;

  const told = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw failureOf(error, log);
    }
  };
  const found = (id: string) => taskIn(id, holder, hub);
  const noPush = async (): Promise<never> => {
    throw new PushNotificationNotSupportedError();
  };

  return {
    getAgentCard: async () => card,
    async getAuthenticatedExtendedAgentCard() {
      throw new UnsupportedOperationError("there is no other card than the one at /.well-known/agent-card.json");
    },

    sendMessage: ({ message, configuration }) =>
      told(async () => {
        const { session, say } = await prepared(message, holder, context);
        return shortened(taskOf(session, audience, await say()), configuration?.historyLength);
      }),

    async *sendMessageStream({ message, configuration }) {
      const { session, say } = await told(() => prepared(message, holder, context));
      const before = taskOf(session, audience);
      const status = { ...before.status, state: TaskState.TASK_STATE_WORKING, message: undefined };
      const working = shortened({ ...before, status } as Task, configuration?.historyLength);
      yield { payload: { $case: "task", value: working } };
      const upTo = await told(say);
      yield* updatesOf(taskOf(session, audience, upTo));
    },

    getTask: ({ id, historyLength }) => told(async () => shortened(taskOf(await found(id), audience), historyLength)),

    cancelTask: ({ id }) =>
      told(async () => {
        const session = await found(id);
        await session.note((events) => (endingOf(events) ? [] : [{ type: "abandoned", reason: CANCELLED }]));
        const task = taskOf(session, audience);
        if (task.status?.state !== TaskState.TASK_STATE_CANCELED)
          throw new TaskNotCancelableError("this consultation has ended already");
        return task;
      }),

    listTasks: ({ contextId, status, pageSize = 50, historyLength, includeArtifacts }) =>
      told(async (): Promise<ListTasksResponse> => {
        if (!contextId) throw new UnsupportedOperationError("tasks are listed of one context: give its contextId");
        if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 100)
          throw new RequestMalformedError("pageSize is 1 to 100");
        const sessions = await sessionsIn(contextId, holder, hub);
        const tasks = sessions
          .reverse()
          .map((session) => shortened(taskOf(session, audience), historyLength))
          .filter((task) => !status || task.status?.state === status);
        const page = tasks.slice(0, pageSize).map((task) => (includeArtifacts ? task : { ...task, artifacts: [] }));
        return { tasks: page, nextPageToken: "", pageSize, totalSize: tasks.length };
      }),

    async *resubscribe({ id }) {
      const session = await told(() => found(id));
      if (session.ended) throw new UnsupportedOperationError("this consultation has ended; ask with GetTask");
      const { seq } = session;
      yield { payload: { $case: "task", value: taskOf(session, audience) } };
      for await (const upTo of growthOf(session, audience, seq, gone)) {
        const task = taskOf(session, audience, upTo);
        yield* updatesOf(task);
        if (task.status?.state !== TaskState.TASK_STATE_INPUT_REQUIRED) return;
      }
    },
    createTaskPushNotificationConfig: noPush,
    getTaskPushNotificationConfig: noPush,
    listTaskPushNotificationConfigs: noPush,
    deleteTaskPushNotificationConfig: noPush,
  };
}

/** At most so many messages of the history, the latest. */
function shortened(task: Task, length: number | undefined): Task {
  if (length === undefined) return task;
  return { ...task, history: length > 0 ? task.history.slice(-length) : [] };
}

/** What a message led to, for a stream that told of the task before. The status comes last, and ends it. */
function* updatesOf({ id: taskId, contextId, artifacts, status }: Task): Generator<StreamResponse> {
  const which = { taskId, contextId, metadata: undefined };
  for (const artifact of artifacts)
    yield { payload: { $case: "artifactUpdate", value: { ...which, artifact, append: false, lastChunk: true } } };
  yield { payload: { $case: "statusUpdate", value: { ...which, status } } };
}
