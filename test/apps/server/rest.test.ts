/** The REST interface, and the document that describes it. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument } from "../../../apps/server/openapi.ts";
import { sha256 } from "../../../apps/server/stores/entry.ts";
import { verifyChain } from "../../../src/index.ts";
import { opened } from "./client.ts";
import { serving } from "./serving.ts";

const json = async (response: Response) => ({ status: response.status, body: await response.json() });

const post = (url: string, body?: unknown): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function consulting(url: string): Promise<string> {
  const { status, body } = await json(await post(`${url}/v1/consultations`, { consent: true, age: 30 }));
  expect(status).toBe(201);
  return `${url}/v1/consultations/${body.consultation}`;
}

describe("REST", () => {
  test("leads from opening to conclusion, with the same messages as the WebSocket", async () => {
    const { url } = await serving();
    const at = await consulting(url);
    let { body } = await json(await post(`${at}/messages`, { text: "I have a runny nose and a sore throat" }));
    expect(body.messages.map(({ type }: { type: string }) => type)).toContain("understood");
    for (let n = 0; n < 7 && !body.messages.some(({ type }: { type: string }) => type === "conclusion"); n++) {
      const { suggestions } = body.messages.at(-1);
      ({ body } = await json(await post(`${at}/messages`, { observed: suggestions.at(-1).observed })));
    }
    const conclusion = body.messages.at(-1);
    expect(conclusion).toMatchObject({ type: "conclusion", disclaimer: expect.stringMatching(/not a diagnosis/) });
    expect(conclusion).not.toHaveProperty("differential");
    const transcript = (await json(await fetch(`${at}/transcript`))).body;
    expect(transcript.messages.at(-1)).toEqual(conclusion);
    expect(JSON.stringify(transcript)).not.toMatch(/probability|weight|hash/);
  });

  test("gives clinicians the differential, and a transcript whose chain holds", async () => {
    const { url } = await serving({ audience: "clinician" });
    const at = await consulting(url);
    await post(`${at}/messages`, { text: "I have a runny nose, a sore throat and no fever" });
    const { differential } = (await json(await fetch(`${at}/differential`))).body;
    const [leader] = Object.values<{ probability: number; for: object[] }>(differential.conditions);
    expect(leader!.probability).toBeGreaterThan(0.1);
    expect(leader!.for[0]).toMatchObject({ state: expect.stringMatching(/present|absent/) });
    const { consultation, events } = (await json(await fetch(`${at}/transcript`))).body;
    expect(verifyChain(events, sha256, consultation)).toMatchObject({ whole: true });
  });

  test("refuses patients the differential", async () => {
    const { url } = await serving();
    const at = await consulting(url);
    expect(await json(await fetch(`${at}/differential`))).toMatchObject({
      status: 403,
      body: { error: { code: "forbidden", retryable: false, advice: expect.stringMatching(/clinician/) } },
    });
  });

  test("answers a repeated id as it did first", async () => {
    const { url } = await serving();
    const at = await consulting(url);
    const say = async () => (await json(await post(`${at}/messages`, { id: "m1", text: "I have a cough" }))).body;
    expect(await say()).toEqual(await say());
  });

  test("needs consent", async () => {
    const { url } = await serving();
    const { status, body } = await json(await post(`${url}/v1/consultations`, { consent: false }));
    expect([status, body.error.code]).toEqual([400, "consent-required"]);
  });

  test("tells tabs of the same consultation what is said over REST", async () => {
    const { url } = await serving();
    const { client, consultation } = await opened(url);
    await post(`${url}/v1/consultations/${consultation}/messages`, { text: "I have a cough" });
    expect((await client.next("said")).text).toBe("I have a cough");
  });

  test.each([
    ["no JSON", "/v1/consultations", { body: "consent", headers: { "content-type": "application/json" } }, 400],
    ["another type", "/v1/consultations", { body: '{"consent":true}', headers: { "content-type": "text/plain" } }, 415],
    [
      "more than is known",
      "/v1/consultations",
      { body: '{"consent":true,"x":1}', headers: { "content-type": "application/json" } },
      400,
    ],
    [
      "too much",
      "/v1/consultations",
      { body: JSON.stringify({ x: "x".repeat(200_000) }), headers: { "content-type": "application/json" } },
      413,
    ],
    ["an unknown path", "/v1/nothing", {}, 404],
    ["an unknown method", "/v1/consultations", { method: "PUT" }, 405],
    [
      "an unknown consultation",
      "/v1/consultations/abc/messages",
      { body: '{"text":"x"}', headers: { "content-type": "application/json" } },
      404,
    ],
    [
      "a path with dots",
      "/v1/consultations/..%2f..%2fx/messages",
      { body: '{"text":"x"}', headers: { "content-type": "application/json" } },
      404,
    ],
  ])("refuses %s", async (_, path, init, expected) => {
    const { url } = await serving();
    const response = await fetch(url + path, { method: "POST", ...init });
    expect(response.status).toBe(expected);
    const { error } = (await response.json()) as { error: { advice: string } };
    expect(error.advice).toMatch(/\w/);
  });
});

describe("beside it", () => {
  test("health, readiness and metrics", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("I have a cough");
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/^anamnesis_messages_total 1$/m);
    expect(text).toMatch(/^anamnesis_connections 1$/m);
    expect(text).toMatch(/^anamnesis_answer_seconds_count 1$/m);
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(/^(# (HELP|TYPE) anamnesis_\w+ .+|anamnesis_\w+(\{(\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/);
  });
});

/** OpenAPI 3.1 as far as the document uses it, strictly: what stands here is all that may stand there. */
const Content = z.record(z.string(), z.strictObject({ schema: z.record(z.string(), z.unknown()) }));
const Operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  summary: z.string().min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.strictObject({
        name: z.string(),
        in: z.enum(["path", "query", "header"]),
        required: z.literal(true),
        schema: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^([1-5]\d\d|default)$/),
    z.strictObject({ description: z.string().min(1), content: Content.optional() }),
  ),
});
const OpenApi = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  security: z.array(z.strictObject({ bearer: z.tuple([]) })),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "post", "delete"]), Operation)),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), z.strictObject({ type: z.literal("http"), scheme: z.literal("bearer") })),
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
  }),
});

/** The schema `name` as a validator, made of the document alone. */
function validatorOf(document: z.infer<typeof OpenApi>, name: string): z.ZodType {
  const defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"));
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: defs });
}

describe("the OpenAPI document", () => {
  test("is served, and is OpenAPI 3.1", async () => {
    const { url } = await serving({ version: "1.2.3" });
    const document = OpenApi.parse(await (await fetch(`${url}/v1/openapi.json`)).json());
    expect(document.info.version).toBe("1.2.3");
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const [path, methods] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods))
        expect(parameters.map(({ name }) => name)).toEqual(named);
    }
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"/]+)/g))
      expect(document.components.schemas).toHaveProperty(name!);
    for (const name of Object.keys(document.components.schemas)) validatorOf(document, name);
  });

  test("describes what the server answers", async () => {
    const { url } = await serving({ audience: "clinician" });
    const document = OpenApi.parse(openApiDocument("0"));
    const at = await consulting(url);
    const calls: [string, "get" | "post" | "delete", string, Response][] = [
      ["/v1/tickets", "post", "201", await post(`${url}/v1/tickets`)],
      ["/v1/consultations", "post", "201", await post(`${url}/v1/consultations`, { consent: true })],
      ["/v1/consultations/{id}/messages", "post", "200", await post(`${at}/messages`, { text: "I cough, why?" })],
      ["/v1/consultations/{id}/differential", "get", "200", await fetch(`${at}/differential`)],
      ["/v1/consultations/{id}/transcript", "get", "200", await fetch(`${at}/transcript`)],
      ["/v1/consultations", "post", "default", await post(`${url}/v1/consultations`, {})],
    ];
    for (const [path, method, status, response] of calls) {
      const { content } = document.paths[path]![method]!.responses[status]!;
      const reference = String(content!["application/json"]!.schema.$ref);
      const body = await response.json();
      const parsed = validatorOf(document, reference.split("/").at(-1)!).safeParse(body);
      expect(parsed.error, `${method} ${path}: ${JSON.stringify(body)}`).toBeUndefined();
    }
    const deleted = await fetch(at, { method: "DELETE" });
    expect(deleted.status).toBe(204);
  });

  test("would catch an answer that it does not describe", () => {
    const document = OpenApi.parse(openApiDocument("0"));
    expect(validatorOf(document, "Ticket").safeParse({ ticket: 1 }).success).toBe(false);
    expect(validatorOf(document, "ServerMessage").safeParse({ type: "pong", seq: 0, extra: 1 }).success).toBe(false);
  });
});
