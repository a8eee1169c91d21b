/** One WebSocket: reads what a client says, tells it what happens, and leaves a client that reads too slowly. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { refusalOf, ServerError } from "./errors.ts";
import { textFrames } from "./frames.ts";
import type { Hub } from "./hub.ts";
import { patchBetween } from "./json-patch.ts";
import { type Limits, RateLimit } from "./limits.ts";
import type { Listener } from "./listeners.ts";
import { type Log, traceOf } from "./log.ts";
import { DISCLAIMER } from "./log-messages.ts";
import type { Metrics } from "./metrics.ts";
import type { Writer } from "./outbox.ts";
import {
  CLOSE,
  ClientMessage,
  type DifferentialView,
  LONGEST_TEXT,
  type Saying,
  type ServerMessage,
  SUBPROTOCOL,
} from "./protocol.ts";
import type { Session } from "./session.ts";
import type { Holder } from "./tokens.ts";

export interface ConnectionContext {
  readonly hub: Hub;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Whether the holder may open one more consultation now. */
  readonly mayOpen: (holder: Holder) => boolean;
  /** Has what a connection was told written soon, with what others were told. */
  readonly post: (writer: Writer) => void;
}

export class Connection implements Listener {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #holder: Holder;
  readonly #context: ConnectionContext;
  readonly #rate: RateLimit;
  #session: Session | undefined;
  /** While a consultation is being opened. */
  #opening: Promise<void> | undefined;
  #refusals = 0;
  /** What was told and not yet written: it leaves in one piece when the work at hand is done. */
  #unwritten: string[] | undefined;
  #alive = true;
  /** Unsent bytes that are not held against the client: what it had missed. */
  #excused = 0;
  /** When the client last said something, on the steady clock. */
  #heard = performance.now();
  /** The differential that the client has. */
  #differential: DifferentialView | undefined;

  constructor(socket: WebSocket, stream: Duplex, holder: Holder, context: ConnectionContext) {
    this.#socket = socket;
    this.#stream = stream;
    this.#holder = holder;
    this.#context = context;
    const { messagesPerSecond, messagesAtOnce, heartbeatMs } = context.limits;
    this.#rate = new RateLimit(messagesPerSecond, messagesAtOnce, this.#heard);
    socket.on("message", (data, isBinary) => this.#hear(data as Buffer, isBinary));
    socket.on("pong", () => {
      this.#alive = true;
    });
    // A protocol error closes the connection; there is nothing else to do about it.
    socket.on("error", () => {});
    socket.on("close", () => this.#session?.detach(this));
    const { audience } = holder;
    const hello = { protocol: SUBPROTOCOL, audience, disclaimer: DISCLAIMER, longestText: LONGEST_TEXT } as const;
    this.tell([{ type: "hello", seq: 0, ...hello, heartbeatMs }]);
  }

  get audience() {
    return this.#holder.audience;
  }

  get seq(): number {
    return this.#session?.seq ?? 0;
  }

  tell(messages: readonly ServerMessage[]): void {
    for (const message of messages) this.#send(message);
  }

  catchUp(messages: readonly ServerMessage[]): void {
    for (const message of messages) this.#write(message);
    this.flush();
    this.#excused = this.#socket.bufferedAmount;
  }

  tellDifferential(view: DifferentialView, seq: number): void {
    const patch = this.#differential && patchBetween(this.#differential, view);
    if (patch?.length === 0) return;
    const delta = patch && ({ type: "differential-delta", seq, patch } as ServerMessage);
    const isTold = this.#send(delta ?? { type: "differential", seq, differential: view });
    this.#differential = isTold ? view : undefined;
  }

  leave(code: number, reason: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#context.metrics.count("closed_total", `code="${code}"`);
    this.flush();
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** One heartbeat: cuts off who did not answer the last, and closes who has nothing to say. */
  beat(now: number): void {
    const { limits } = this.#context;
    if (!this.#alive) {
      this.terminate();
      return;
    }
    const silent = now - this.#heard;
    if (!this.#session && silent >= limits.openWithinMs) this.leave(CLOSE.notOpened, "open was not sent in time");
    else if (silent >= limits.idleMs) this.leave(CLOSE.idle, "nothing was said for too long; resume to go on");
    else {
      this.#alive = false;
      this.#socket.ping();
    }
  }

  /** Sends a message unless the client reads too slowly; tells whether it was sent. */
  #send(message: ServerMessage): boolean {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return false;
    const { limits, metrics } = this.#context;
    this.#excused = Math.min(this.#excused, socket.bufferedAmount);
    const unsent = socket.bufferedAmount - this.#excused;
    if (unsent > limits.closeAboveBytes) {
      this.leave(CLOSE.tooSlow, "too much is unread; resume when you can read");
      return false;
    }
    const mayDrop = message.type === "text-delta" || message.type.startsWith("differential");
    if (mayDrop && unsent > limits.dropAboveBytes) {
      metrics.count("dropped_total");
      return false;
    }
    this.#write(message);
    return true;
  }

  #write(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (!this.#unwritten) {
      this.#unwritten = [];
      this.#context.post(this);
    }
    this.#unwritten.push(JSON.stringify(message));
  }

  /** Writes past `ws`, which would write each message by itself; without compression it holds nothing back either. */
  flush(): void {
    const texts = this.#unwritten;
    this.#unwritten = undefined;
    if (texts && this.#socket.readyState === this.#socket.OPEN) this.#stream.write(textFrames(texts));
  }

  #hear(data: Buffer, isBinary: boolean): void {
    // Frames that were read before the connection was closed still arrive.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#alive = true;
    const now = performance.now();
    if (isBinary) this.leave(CLOSE.notText, "send JSON as text");
    else if (!this.#rate.take(now)) this.#refuse(new ServerError("rate-limited", "too many messages"));
    else {
      const message = ClientMessage.safeParse(jsonOf(data.toString()));
      if (message.success) this.#heed(message.data);
      else {
        const field = message.error.issues[0]?.path.join(".") || "the message";
        this.#refuse(new ServerError("bad-message", `${field} is not as the protocol has it`));
      }
    }
  }

  #heed(message: ClientMessage): void {
    if (message.type !== "ping") this.#heard = performance.now();
    switch (message.type) {
      case "ping":
        this.#send({ type: "pong", seq: this.seq });
        break;
      case "open":
        if (this.#session || this.#opening)
          this.#refuse(new ServerError("already-open", "this connection has a consultation"));
        else {
          this.#opening = this.#open(message).finally(() => {
            this.#opening = undefined;
          });
        }
        break;
      case "message":
      case "choose":
        void this.#say(message);
        break;
      default:
        message satisfies never;
    }
  }

  async #open({ consent, training, age, sex, resume }: Extract<ClientMessage, { type: "open" }>): Promise<void> {
    try {
      const { hub, metrics, mayOpen } = this.#context;
      if (!mayOpen(this.#holder)) throw new ServerError("rate-limited", "too many consultations at once");
      const session = resume
        ? await hub.find(this.#holder, resume.consultation)
        : await hub.open(this.#holder, consent, { age, sex }, undefined, training);
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      if (resume) {
        if (resume.lastSeq > session.seq)
          throw new ServerError("bad-resume", `there are ${session.seq} events, not ${resume.lastSeq}`);
        metrics.count("resumed_total");
        const { id: consultation, seq: events, ended } = session;
        const { audience } = this;
        const resumed = { consultation, audience, disclaimer: DISCLAIMER, events, ended };
        this.#send({ type: "resumed", seq: resume.lastSeq, ...resumed });
      }
      session.attach(this, resume?.lastSeq ?? 0);
      this.#session = session;
      this.#refusals = 0;
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #say(saying: Saying): Promise<void> {
    const { id } = saying;
    await this.#opening;
    try {
      const session = this.#session;
      if (!session) throw new ServerError("not-opened", "no consultation is open");
      const { said } = await this.#context.hub.say(session, saying);
      this.#refusals = 0;
      this.#send({ type: "accepted", seq: session.seq, id, ...(said !== undefined && { said }) });
    } catch (error) {
      this.#refuse(error, id);
    }
  }

  #refuse(thrown: unknown, id?: string): void {
    const { metrics, limits, log } = this.#context;
    const refusal = refusalOf(thrown);
    if (refusal.code === "internal") log("error", { event: "internal", error: traceOf(thrown) });
    metrics.count("refused_total", `code="${refusal.code}"`);
    this.#send({ type: "error", seq: this.seq, ...refusal.told(), ...(id !== undefined && { id }) });
    if (++this.#refusals >= limits.refusals) this.leave(CLOSE.policy, "too much was refused");
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
