/**
 * Traces through OpenTelemetry's SDK to a collector that speaks OTLP over HTTP. Keeps its provider and its context to
 * itself: nothing is registered for the process. Loaded only where there is a collector.
 */
import {
  type Attributes,
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { AnamnesisError } from "../../src/index.ts";
import type { Log } from "../server/log.ts";
import type { Marks, Tracing } from "./types.ts";

export interface CollectorOptions {
  /** `/v1/traces` is added where the address ends otherwise. */
  readonly endpoint: string;
  /** Sent as `Authorization`. */
  readonly authorization?: string | undefined;
  readonly service: string;
  readonly version: string;
  /** Share of the traces begun here that are kept; those begun elsewhere follow their beginning. */
  readonly ratio: number;
  readonly log: Log;
}

/** Milliseconds between two parcels, and that the last one may take. */
const PARCEL_MS = 5_000;

export function collectedTracing({ endpoint, authorization, service, version, ratio, log }: CollectorOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    timeoutMillis: PARCEL_MS,
    url: `${endpoint.replace(/\/(?:v1\/traces\/?)?$/, "")}/v1/traces`,
    ...(authorization !== undefined && { headers: { Authorization: authorization } }),
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "service.version": version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(exporter, (lost) =>
          // Of no trace, though the parcel was begun within one.
          contexts.with(ROOT_CONTEXT, () => log("warn", { event: "spans-lost", count: lost })),
        ),
        scheduledDelayMillis: PARCEL_MS,
        exportTimeoutMillis: PARCEL_MS,
      }),
    ],
  });
  const tracer = provider.getTracer("anamnesis", version);

  const run = async <Result>(
    name: string,
    marks: Marks,
    work: () => Promise<Result>,
    context: Context,
  ): Promise<Result> => {
    const kind = marks.method === undefined ? SpanKind.INTERNAL : SpanKind.SERVER;
    const span = tracer.startSpan(name, { kind, attributes: attributesOf(marks) }, context);
    try {
      return await contexts.with(trace.setSpan(context, span), work);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute("error.type", kindOf(error));
      throw error;
    } finally {
      span.end();
    }
  };
  return {
    span: (name, marks, work, traceparent) => run(name, marks, work, remote(contexts.active(), traceparent)),
    within: (name, marks, work) => {
      const context = contexts.active();
      return trace.getSpan(context) ? run(name, marks, work, context) : work();
    },
    mark(marks) {
      const { method, route, status = 0 } = marks;
      const span = trace.getSpan(contexts.active())?.setAttributes(attributesOf(marks));
      if (method !== undefined && route !== undefined) span?.updateName(`${method} ${route}`);
      if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    },
    traceparent() {
      const context = trace.getSpanContext(contexts.active());
      const flags = context && context.traceFlags & TraceFlags.SAMPLED ? "01" : "00";
      return context && `00-${context.traceId}-${context.spanId}-${flags}`;
    },
    async close() {
      // A collector that is away must not keep the server from ending.
      await provider.shutdown().catch(() => {});
    },
  };
}

/** As OpenTelemetry's conventions name them. */
const NAMES: Readonly<Record<keyof Marks, string>> = {
  consultation: "anamnesis.consultation",
  method: "http.request.method",
  route: "http.route",
  status: "http.response.status_code",
  events: "anamnesis.events",
};

function attributesOf(marks: Marks): Attributes {
  return Object.fromEntries(
    Object.entries(NAMES).flatMap(([mark, name]) => {
      const value = marks[mark as keyof Marks];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const kindOf = (error: unknown): string =>
  error instanceof AnamnesisError ? error.code : error instanceof Error ? error.name : typeof error;

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/** The other side's span as the parent; one that makes no sense counts as none. */
function remote(here: Context, traceparent: string | undefined): Context {
  const [, traceId = "", spanId = "", flags = "00"] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : here;
}

/** Says that spans were lost: nobody looks for what does not come. */
function telling(exporter: SpanExporter, tell: (lost: number) => void): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== 0) tell(spans.length);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
