/** The OpenAPI 3.1 document, made of the table of routes and the schemas. The chat protocol's schemas stand in it too. */
import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import { ClientMessage, Fault, ServerMessage } from "./protocol.ts";
import { ROUTES, type Route } from "./routes.ts";

export const Refused = z.strictObject({ error: Fault });

const PLAIN = [
  { path: "/healthz", operation: "health", summary: "Whether the process lives.", type: "text/plain", isOpen: true },
  {
    path: "/readyz",
    operation: "readiness",
    summary: "Whether it takes new work: not while it goes down.",
    type: "text/plain",
    isOpen: true,
  },
  {
    path: "/metrics",
    operation: "metrics",
    summary: "Counts and times, in Prometheus' format.",
    type: "text/plain",
    isOpen: false,
  },
  {
    path: "/v1/openapi.json",
    operation: "openapi",
    summary: "This document.",
    type: "application/json",
    isOpen: false,
  },
] as const;

type Json = Record<string, unknown>;

export function openApiDocument(version: string, endpoints: readonly Endpoint[] = []): Json {
  const schemas = schemasOf(endpoints);
  const paths: Record<string, Json> = {};
  for (const route of ROUTES) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: endpointOperationOf(endpoint) };
  }
  for (const { path, operation, summary, type, isOpen } of PLAIN) {
    const found = { description: summary, content: { [type]: { schema: {} } } };
    const unready = path === "/readyz" ? { "503": { description: "It goes down." } } : {};
    paths[path] = {
      get: {
        operationId: operation,
        summary,
        ...(isOpen && { security: [] }),
        responses: { "200": found, ...unready },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Anamnesis",
      version,
      description:
        "Conversational differential diagnosis. Not a medical device, not medical advice. The same conversation runs over a WebSocket at /v1/chat: clients send ClientMessage, the server sends ServerMessage.",
    },
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } }, schemas },
  };
}

const content = (name: string, type = "application/json"): Json => ({
  [type]: { schema: { $ref: `#/components/schemas/${name}` } },
});

const REFUSED = {
  description: "Refused: why, whether the same again can succeed, and what to do.",
  content: content("Refused"),
};

/** What stands for the braces of a path. */
function parametersOf(path: string): Json {
  const [, braced] = /\{(\w+)\}/.exec(path) ?? [];
  if (braced === undefined) return {};
  const schema = { type: "string", pattern: "^[a-z0-9-]{1,100}$" };
  return { parameters: [{ name: braced, in: "path", required: true, schema }] };
}

function endpointOperationOf({ path, operation, summary, body, answers, guard }: Endpoint): Json {
  const responses = answers.map(({ status, description, type, schema }): [number, Json] => [
    status,
    {
      description,
      ...(type !== undefined && { content: schema ? content(schema.name, type) : { [type]: { schema: {} } } }),
    },
  ]);
  return {
    operationId: operation,
    summary,
    ...(guard === "signature" && { security: [] }),
    ...parametersOf(path),
    ...(body && { requestBody: { required: true, content: content(body.name, body.type) } }),
    responses: { ...Object.fromEntries(responses), default: REFUSED },
  };
}

function operationOf({ path, operation, summary, body, status, answer, empty }: Route): Json {
  return {
    operationId: operation,
    summary,
    ...parametersOf(path),
    ...(body && { requestBody: { required: true, content: content(body.name) } }),
    responses: {
      [status]: { description: "Done.", ...(answer && { content: content(answer.name) }) },
      ...(empty !== undefined && { "204": { description: empty } }),
      default: REFUSED,
    },
  };
}

function schemasOf(endpoints: readonly Endpoint[]): Json {
  const registry = z.registry<{ id: string }>();
  const named: [string, z.ZodType][] = [
    ["ClientMessage", ClientMessage],
    ["ServerMessage", ServerMessage],
    ["Refused", Refused],
    ...[
      ...ROUTES.flatMap(({ body, answer }) => [body, answer]),
      ...endpoints.flatMap(({ body, answers }) => [body, ...answers.map(({ schema }) => schema)]),
    ].flatMap((each) => (each ? [[each.name, each.schema] as [string, z.ZodType]] : [])),
  ];
  for (const [id, schema] of named) if (!registry.has(schema)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    io: "input",
    unrepresentable: "any",
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema, $id, id, ...rest } = schema as Json;
      return [name, rest];
    }),
  );
}
