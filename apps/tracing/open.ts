/** Traces where a collector is set, none elsewhere: OpenTelemetry's SDK is loaded only then. */
import type { TracingSettings } from "../config/index.ts";
import type { Log } from "../server/log.ts";
import { type Tracing, untraced } from "./types.ts";

export async function openTracing(settings: TracingSettings, version: string, log: Log): Promise<Tracing> {
  const { endpoint } = settings;
  if (endpoint === undefined) return untraced;
  const { collectedTracing } = await import("./open-telemetry.ts");
  return collectedTracing({ ...settings, endpoint, version, log });
}
