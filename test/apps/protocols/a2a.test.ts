/** A consultation as a task of A2A 1.0, as the protocol's own client meets it over HTTP. */
import { randomUUID } from "node:crypto";
import { AGENT_CARD_PATH } from "@a2a-js/sdk";
import { expect, test } from "vitest";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import {
  ASKED,
  artifact,
  CANCELLED,
  client,
  DONE,
  data,
  dataIn,
  get,
  part,
  request,
  saidIn,
  send,
  streamed,
  text,
  untilTheEnd,
  wordsOf,
} from "./a2a-client.ts";
import { surgery } from "./holders.ts";

const COMPLAINT = "I have a runny nose and a cough";
const EMERGENCY = "I have crushing chest pain going into my left arm and I am sweating";

test("the card says what this is, where, and how to get in", async () => {
  const { url, tokens } = await surgery();
  expect((await fetch(`${url}/${AGENT_CARD_PATH}`)).status).toBe(401);
  const card = await (await client(url, tokens.ann)).getAgentCard();
  expect(card.supportedInterfaces).toEqual([
    { url: `${url}/a2a`, protocolBinding: "JSONRPC", protocolVersion: "1.0", tenant: "" },
  ]);
  expect(card.capabilities).toMatchObject({ streaming: true, pushNotifications: false });
  expect(card.securityRequirements).toEqual([{ schemes: { bearer: { list: [] } } }]);
  expect(card.description).toContain("no diagnosis");
});

test("consent is asked for in words, then one question after another, and a triage is the artifact", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const first = await send(agent, "hello");
  expect(first.status?.state).toBe(ASKED);
  expect(saidIn(first)).toMatch(/not a diagnosis and not medical advice[\s\S]*Reply YES/);
  expect(dataIn(first.status?.message?.parts)).toEqual({ suggestions: ["Yes", "No"] });
  expect(first.history).toEqual([]);
  const to = { taskId: first.id, contextId: first.contextId };
  expect(saidIn(await send(agent, "yes", to))).toContain("what troubles you most");
  const question = await send(agent, COMPLAINT, to);
  expect(question.status?.state).toBe(ASKED);
  expect(dataIn(question.status?.message?.parts).suggestions).toEqual(expect.arrayContaining(["Not sure"]));
  expect(question.history.map(({ parts }) => wordsOf(parts))).toEqual([
    saidIn(first),
    "yes",
    "Please tell me in a few words what troubles you most.",
    COMPLAINT,
  ]);
  let task = question;
  for (let turn = 0; turn < 40 && task.status?.state === ASKED; turn++) task = await send(agent, "no", to);
  expect(task.status?.state).toBe(DONE);
  const triage = artifact(task, "triage");
  expect(dataIn(triage?.parts)).toMatchObject({
    urgency: expect.any(String),
    redFlags: expect.any(Array),
    ended: true,
  });
  expect(saidIn(task)).toContain(wordsOf(triage?.parts));
  expect(JSON.stringify(task)).not.toMatch(/probability|differential/);
  expect(await get(agent, task.id)).toEqual(task);
});

test("a clinician's token gets the differential as an artifact", async () => {
  const { url, tokens } = await surgery();
  const task = await untilTheEnd(await client(url, tokens.dr), COMPLAINT);
  const { conditions } = dataIn(artifact(task, "differential")?.parts) as { conditions: Record<string, unknown> };
  expect(Object.values(conditions)[0]).toMatchObject({ name: expect.any(String), probability: expect.any(Number) });
});

test("a red flag completes the task, with the warning first", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const { id: taskId } = await send(agent, "hello");
  await send(agent, "yes", { taskId });
  const task = await send(agent, EMERGENCY, { taskId });
  expect(task.status?.state).toBe(DONE);
  expect(wordsOf(task.status?.message?.parts.slice(0, 1))).toMatch(/ 112\b/);
  expect(dataIn(task.status?.message?.parts).redFlags).toMatchObject([{ urgency: "emergency-ambulance" }, {}]);
  expect(dataIn(artifact(task, "triage")?.parts)).toMatchObject({ urgency: "emergency-ambulance" });
});

test("a red flag is heeded before there is consent, and nothing of the words is kept", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const task = await send(agent, EMERGENCY);
  expect(task.status?.state).toBe(DONE);
  expect(JSON.stringify(await get(agent, task.id))).not.toContain("left arm");
});

test("a crisis is handed on: the task is completed, and says whom to call", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const task = await send(agent, [data({ consent: true }), text("I want to kill myself")]);
  expect(task.status?.state).toBe(DONE);
  expect(saidIn(task)).toMatch(/\b112\b/);
  expect(dataIn(artifact(task, "triage")?.parts)).toMatchObject({
    ended: true,
    nextStep: expect.stringContaining("112"),
  });
});

test("an intake begins with consent, what is known of the person and their record", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const record = {
    resourceType: "Bundle",
    type: "collection",
    entry: [{ resource: { resourceType: "Patient", gender: "female" } }],
  };
  const intake = data({ consent: true, age: 34, record });
  const task = await send(agent, [intake, text(COMPLAINT)]);
  expect(saidIn(task)).toMatch(/\?$/);
  const silent = await send(agent, [intake]);
  expect(saidIn(silent)).toContain("what troubles you most");
  expect(await send(agent, [intake], { taskId: silent.id })).toEqual(silent);
  await send(agent, COMPLAINT, { taskId: silent.id });
  const again = send(agent, [data({ consent: true }), text("hello")], { taskId: silent.id });
  await expect(again).rejects.toThrow(/begins a consultation/);
  await expect(send(agent, [data({ consent: "perhaps" })])).rejects.toThrow(/intake/);
});

test("files become attachments: their addresses are kept, bytes are not", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const { id: taskId } = await send(agent, [data({ consent: true }), text(COMPLAINT)]);
  const picture = part({ $case: "url", value: "https://pictures.example/1.jpg" }, "image/jpeg", "throat.jpg");
  const bytes = part({ $case: "raw", value: Buffer.from("bytes") }, "image/png");
  const task = await send(agent, [picture, bytes], { taskId });
  expect(saidIn(task)).toContain("cannot look at pictures");
  const mine = task.history.at(-1)!.parts;
  expect(mine).toMatchObject([
    {
      content: { $case: "url", value: "https://pictures.example/1.jpg" },
      mediaType: "image/jpeg",
      filename: "throat.jpg",
    },
    { content: { $case: "data", value: { kept: false } }, mediaType: "image/png" },
  ]);
  const script = part({ $case: "url", value: "javascript:alert(1)" }, "image/jpeg");
  await expect(send(agent, [script], { taskId })).rejects.toThrow(/http/);
});

test("a stream tells of the task first, and ends with its status", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const opened = await streamed(agent.sendMessageStream(request("hello")));
  expect(opened.map(({ $case }) => $case)).toEqual(["task", "statusUpdate"]);
  const [task, status] = opened;
  if (task?.$case !== "task" || status?.$case !== "statusUpdate") throw new Error("expected a task and its status");
  expect(status.value.status?.state).toBe(ASKED);
  const taskId = task.value.id;
  await send(agent, "yes", { taskId });
  const last = await streamed(agent.sendMessageStream(request(EMERGENCY, { taskId })));
  expect(last.map(({ $case }) => $case)).toEqual(["task", "artifactUpdate", "statusUpdate"]);
  await expect(streamed(agent.sendMessageStream(request("more", { taskId })))).rejects.toThrow(/has ended/);
});

test("whoever follows a task sees what others say in it, until it ends", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const { id: taskId } = await send(agent, [data({ consent: true }), text(COMPLAINT)]);
  const follower = (await client(url, tokens.ann)).resubscribeTask({ tenant: "", id: taskId });
  const payload = async () => (await follower.next()).value?.payload;
  expect(await payload()).toMatchObject({ $case: "task", value: { id: taskId } });
  const answered = await send(agent, "no", { taskId });
  expect(await payload()).toEqual({
    $case: "statusUpdate",
    value: { taskId, contextId: answered.contextId, status: answered.status, metadata: undefined },
  });
  await send(agent, EMERGENCY, { taskId });
  expect(await payload()).toMatchObject({ $case: "artifactUpdate", value: { artifact: { artifactId: "triage" } } });
  expect(await payload()).toMatchObject({ $case: "statusUpdate", value: { status: { state: DONE } } });
  expect((await follower.next()).done).toBe(true);
  await expect(streamed(agent.resubscribeTask({ tenant: "", id: taskId }))).rejects.toThrow(/has ended/);
  const bob = await client(url, tokens.bob);
  await expect(streamed(bob.resubscribeTask({ tenant: "", id: taskId }))).rejects.toThrow(/no such/);
});

test("the same message again gets the same answer: the first, one in the middle, the last", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const ids = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as const;
  const first = await send(agent, "hello", { messageId: ids[0] });
  const { id: taskId } = first;
  await send(agent, "yes", { taskId, messageId: ids[1] });
  const question = await send(agent, COMPLAINT, { taskId, messageId: ids[2] });
  const last = await send(agent, EMERGENCY, { taskId, messageId: ids[3] });
  expect(await send(agent, "hello", { messageId: ids[0] })).toEqual(first);
  expect(await send(agent, COMPLAINT, { taskId, messageId: ids[2] })).toEqual(question);
  expect(await send(agent, EMERGENCY, { taskId, messageId: ids[3] })).toEqual(last);
  const { history } = await get(agent, taskId);
  expect(history.filter(({ parts }) => wordsOf(parts) === COMPLAINT)).toHaveLength(1);
});

test("a restart in the middle changes nothing", async () => {
  const store = memoryStore();
  const kept = { ...store, close: async () => {} };
  const one = await surgery({ store: kept });
  const before = await send(await client(one.url, one.tokens.ann), [data({ consent: true }), text(COMPLAINT)]);
  await one.drain();
  const two = await surgery({ store: kept });
  const agent = await client(two.url, two.tokens.ann);
  expect(await get(agent, before.id)).toEqual(before);
  const after = await send(agent, "no", { taskId: before.id });
  expect(after.history.length).toBeGreaterThan(before.history.length);
});

test("two clients at once: one after the other, and both see the same task", async () => {
  // Watched as a store of several servers is: each looks at what the other did.
  const store = { ...memoryStore(), watch: () => () => {} };
  const [one, two] = [await surgery({ store }), await surgery({ store })];
  const [left, right] = [await client(one.url, one.tokens.ann), await client(two.url, two.tokens.ann)];
  const { id: taskId } = await send(left, [data({ consent: true }), text(COMPLAINT)]);
  await Promise.all([send(left, "no", { taskId }), send(right, "yes", { taskId }), send(left, "not sure", { taskId })]);
  const [seen, also] = [await get(left, taskId), await get(right, taskId)];
  expect(seen).toEqual(also);
  expect(seen.history.filter(({ parts }) => ["no", "yes", "not sure"].includes(wordsOf(parts)))).toHaveLength(3);
});

test("a context is one person's: its next consultation begins when the last has ended", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const contextId = randomUUID();
  const first = await send(agent, "hello", { contextId });
  expect(first.contextId).toBe(contextId);
  expect((await send(agent, "yes", { contextId })).id).toBe(first.id);
  const messageId = randomUUID();
  await send(agent, EMERGENCY, { contextId, messageId });
  const again = await send(agent, "hello again", { contextId });
  expect(again).toMatchObject({ contextId, status: { state: ASKED } });
  expect(again.id).not.toBe(first.id);
  expect((await send(agent, EMERGENCY, { contextId, messageId })).id).toBe(first.id);
  const listed = await agent.listTasks({
    tenant: "",
    contextId,
    status: 0,
    pageToken: "",
    statusTimestampAfter: undefined,
  });
  expect(listed.tasks.map(({ id }) => id)).toEqual([again.id, first.id]);
  await expect(send(agent, "hello", { contextId: "Not A Context" })).rejects.toThrow(/contextId/);
  await expect(send(agent, "hello", { contextId, taskId: (await send(agent, "hello")).id })).rejects.toThrow(
    /contextId/,
  );
});

test("cancelling ends the consultation; what has ended otherwise cannot be cancelled", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const { id } = await send(agent, "hello");
  const cancelled = await agent.cancelTask({ tenant: "", id, metadata: undefined });
  expect(cancelled.status?.state).toBe(CANCELLED);
  expect((await agent.cancelTask({ tenant: "", id, metadata: undefined })).status?.state).toBe(CANCELLED);
  await expect(send(agent, "yes", { taskId: id })).rejects.toThrow(/has ended.*112/);
  const over = await send(agent, EMERGENCY);
  await expect(agent.cancelTask({ tenant: "", id: over.id, metadata: undefined })).rejects.toThrow(/ended already/);
});

test("another holder's task does not exist, and nobody gets in without a token", async () => {
  const { url, tokens } = await surgery();
  const { id, contextId } = await send(await client(url, tokens.ann), "hello");
  const bob = await client(url, tokens.bob);
  await expect(get(bob, id)).rejects.toThrow(/no such/);
  await expect(send(bob, "yes", { taskId: id })).rejects.toThrow(/no such/);
  await expect(get(bob, `${id}/../${id}`)).rejects.toThrow(/no such/);
  await expect(bob.cancelTask({ tenant: "", id, metadata: undefined })).rejects.toThrow(/no such/);
  expect((await send(bob, "hello", { contextId })).id).not.toBe(id);
  await expect(client(url)).rejects.toThrow();
  await expect(client(url, "forged")).rejects.toThrow();
  const forged = await fetch(`${url}/a2a`, { method: "POST", headers: { authorization: "Bearer forged" } });
  expect(forged.status).toBe(401);
});

test("what is not offered is refused in the protocol's own words", async () => {
  const { url, tokens } = await surgery();
  const agent = await client(url, tokens.ann);
  const { id: taskId } = await send(agent, "hello");
  const every = { tenant: "", contextId: "", status: 0, pageToken: "", statusTimestampAfter: undefined };
  await expect(agent.listTasks(every)).rejects.toThrow(/contextId/);
  const rpc = async (headers: Record<string, string>, method = "GetTask") => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { id: taskId } });
    const all = { authorization: `Bearer ${tokens.ann}`, "content-type": "application/json", ...headers };
    return (await fetch(`${url}/a2a`, { method: "POST", headers: all, body })).json();
  };
  expect(await rpc({})).toMatchObject({ id: 7, error: { code: -32009 } });
  expect(await rpc({ "a2a-version": "0.3" })).toMatchObject({ error: { code: -32009 } });
  expect(await rpc({ "a2a-version": "1.0" })).toMatchObject({ id: 7, result: { id: taskId } });
  const codeOf = async (method: string) => (await rpc({ "a2a-version": "1.0" }, method)).error.code;
  expect(await codeOf("tasks/get")).toBe(-32601);
  expect(await codeOf("CreateTaskPushNotificationConfig")).toBe(-32003);
  expect(await codeOf("GetExtendedAgentCard")).toBe(-32004);
});
