/**
 * Every endpoint of the OpenAPI document, asked by whoever has no token, and fuzzed with bodies that its schema allows, that
 * it nearly allows, and that nobody would send: nothing is open that should not be, and nothing makes the server fail.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Definitions, nearTo, valuesOf } from "../../fixtures/json-schema.ts";
import { everythingServed, type Served } from "./everything.ts";

type Json = Record<string, unknown>;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly security?: unknown[];
  readonly body?: Json;
  readonly type: string;
}

let served: Served;
let operations: Operation[];
let definitions: Definitions;

beforeAll(async () => {
  served = await everythingServed();
  const { paths, components } = await (
    await fetch(`${served.url}/v1/openapi.json`, { headers: { authorization: `Bearer ${served.token}` } })
  ).json();
  definitions = components.schemas;
  operations = Object.entries<Json>(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Json>).map(([method, operation]) => {
      const content = (operation.requestBody as { content?: Record<string, { schema: Json }> } | undefined)?.content;
      const [type = "application/json", body] = Object.entries(content ?? {})[0] ?? [];
      const security = operation.security as unknown[] | undefined;
      return {
        method: method.toUpperCase(),
        path,
        type,
        ...(security && { security }),
        ...(body && { body: body.schema }),
      };
    }),
  );
});

afterAll(() => served.close());

/** The status alone; a stream is let go once it began. */
async function statusOf(method: string, path: string, init: RequestInit = {}): Promise<number> {
  const ended = new AbortController();
  try {
    const response = await fetch(served.url + path, { method, ...init, signal: ended.signal });
    const { status } = response;
    if (status >= 500) throw new Error(`${method} ${path} → ${status}: ${await response.text()}`);
    if (!/event-stream/.test(response.headers.get("content-type") ?? "")) await response.arrayBuffer();
    return status;
  } finally {
    ended.abort();
  }
}

describe("without a token", () => {
  test("there is health, and nothing else", async () => {
    const open: string[] = [];
    for (const { method, path } of operations) {
      const status = await statusOf(method, path.replace(/\{\w+\}/, served.consultation));
      if (status !== 401) open.push(`${method} ${path}`);
    }
    expect(open).toEqual(["GET /healthz", "GET /readyz"]);
  });

  test("the document says so too, but for webhooks, which are signed", () => {
    const open = operations.filter(({ security }) => security?.length === 0).map(({ path }) => path);
    expect(open.filter((path) => !served.webhooks.includes(path))).toEqual(["/healthz", "/readyz"]);
    expect(operations.map(({ path }) => path)).toEqual(expect.arrayContaining([...served.webhooks]));
  });

  test("paths that exist nowhere tell nothing", async () => {
    for (const path of ["/v2", "/.env", "/v1/consultations", "/v1/../etc/passwd", "/%00", "/v1/%E0%A4%A"]) {
      expect(await statusOf("GET", path), path).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("fuzzed", () => {
  const headers = () => ({ authorization: `Bearer ${served.token}` });
  const seeded = { seed: 20_261_128 } as const;

  const pathsOf = (path: string): fc.Arbitrary<string> =>
    fc
      .oneof(fc.constant(served.consultation), fc.stringMatching(/^[a-z0-9-]{1,100}$/), fc.string({ maxLength: 20 }))
      .map((id) => path.replace(/\{\w+\}/, encodeURIComponent(id)));

  const send = async ({ method, path, type }: Operation, at: string, body?: string | Uint8Array<ArrayBuffer>) => {
    const sent = served.signed(path, type, body ?? "");
    await statusOf(method, at, {
      headers: { ...headers(), ...sent },
      ...(body !== undefined && method !== "GET" && { body }),
    });
  };

  test("with what its schema allows, no endpoint fails", async () => {
    for (const operation of operations) {
      const bodies = operation.body ? valuesOf(operation.body, definitions) : fc.constant(undefined);
      await fc.assert(
        fc.asyncProperty(pathsOf(operation.path), bodies, (at, body) => send(operation, at, textOf(body))),
        { ...seeded, numRuns: 25 },
      );
    }
  }, 120_000);

  test("with what it nearly allows, no endpoint fails", async () => {
    for (const operation of operations.filter(({ body }) => body)) {
      const bodies = valuesOf(operation.body!, definitions).chain(nearTo);
      await fc.assert(
        fc.asyncProperty(pathsOf(operation.path), bodies, (at, body) => send(operation, at, textOf(body))),
        { ...seeded, numRuns: 40 },
      );
    }
  }, 120_000);

  test("with what nobody would send, no endpoint fails", async () => {
    const odd = [
      ...[
        "",
        "null",
        "[]",
        "{",
        '"',
        "{}",
        "[[[[[[",
        '{"__proto__":{"a":1}}',
        "\u0000",
        "NaN",
        "1e999",
        "9".repeat(400),
      ],
      "[".repeat(20_000),
      JSON.stringify({ messages: "x".repeat(300_000) }),
    ];
    for (const operation of operations) {
      const at = operation.path.replace(/\{\w+\}/, served.consultation);
      for (const body of odd) await send(operation, at, body);
      await send(operation, at, Uint8Array.from([0xff, 0xfe, 0, 1, 2]));
      await statusOf(operation.method, at, { headers: { ...headers(), "content-type": "text/plain", accept: "x/y" } });
    }
  }, 120_000);

  test("and the server is well afterwards", async () => {
    expect(await statusOf("GET", "/readyz")).toBe(200);
    const { status } = await fetch(`${served.url}/v1/consultations`, {
      method: "POST",
      headers: { ...headers(), "content-type": "application/json" },
      body: JSON.stringify({ consent: true }),
    });
    expect(status).toBe(201);
  });
});

const textOf = (body: unknown): string | undefined => (body === undefined ? undefined : JSON.stringify(body));
