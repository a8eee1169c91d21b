/** A session with a worker: what it asks of its clients, what it can do, and a sign of life every few seconds. */
import { WorkerError } from "../errors.ts";
import type { Capabilities } from "../types.ts";
import { refusal, type Transport } from "./transport.ts";
import { ClientConfig, ServerCapabilities, SessionAnswer, WIRE_VERSION } from "./wire.ts";

export interface Session {
  readonly id: string;
  readonly config: ClientConfig;
  readonly capabilities: Capabilities;
  /** Throws `session-lost` once the worker is known to have forgotten it. */
  check(): void;
  /** Asks the worker now; throws `session-lost` where it has. */
  verify(): Promise<void>;
  end(): void;
}

export async function openSession(to: Transport): Promise<Session> {
  const config = await to
    .call("client/config", { sdk_version: WIRE_VERSION }, ClientConfig)
    .catch((error: unknown) => withoutConfig(error));
  if (config.pjwt_auth_enabled) {
    throw new WorkerError("not-offered", "the worker wants its key exchanged for a token, which this client cannot do");
  }
  const capabilities = await to.call("get_server_capabilities", undefined, ServerCapabilities);
  const opening = { tags: [], user_metadata: {}, sdk_version: WIRE_VERSION };
  const { session_id } = await to.call("create_session", opening, SessionAnswer);

  let lost: WorkerError | undefined;
  const beat = async (): Promise<void> => {
    const body = JSON.stringify({ session_id });
    const reply = await to.send("session_heartbeat", body, to.limits.heartbeat);
    if (reply.status !== 404) return;
    clearInterval(timer);
    lost = new WorkerError(
      "session-lost",
      `the worker has forgotten this session (${refusal("session_heartbeat", reply).message}); make the model again from its last saved state`,
      { status: 404 },
    );
  };
  // A worker that is busy or away answers later, or is missed by the next call.
  const timer = setInterval(() => beat().catch(() => undefined), to.limits.heartbeat);
  timer.unref();
  to.gone.addEventListener("abort", () => clearInterval(timer), { once: true });

  const check = (): void => {
    if (lost) throw lost;
  };
  return {
    id: session_id,
    config,
    capabilities,
    check,
    async verify() {
      await beat().catch(() => undefined);
      check();
    },
    end: () => clearInterval(timer),
  };
}

/** A worker without the route has no wishes. */
function withoutConfig(error: unknown): ClientConfig {
  if (error instanceof WorkerError && error.status === 404) return ClientConfig.parse({});
  throw error;
}
