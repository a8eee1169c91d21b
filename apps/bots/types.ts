/**
 * What bots speak of. A *consultation* takes what a person says and gives a *reply*. A *channel* is a vendor's wire: it
 * tells true requests from forged ones, reads *deliveries* out of them and writes replies. A *conversation* is a chat as
 * the vendor names it; in time it holds several consultations, one after another.
 */
import type { Sent as SentAlong } from "../server/chat-turn.ts";
import type { DifferentialView, LogMessage } from "../server/protocol.ts";

/** What is known of a message besides its words. */
export interface Sent extends SentAlong {
  /** Given once a message: the same id again is answered as it was the first time. Default: a new one. */
  readonly id?: string | undefined;
}

export interface Reply {
  /** What happened, one message an event of the consultation, as docs/protocol.md has them, for the audience. */
  readonly events: readonly LogMessage[];
  /** The words to send; empty where nothing is to be said. */
  readonly text: string;
  /** Answers to choose instead of typing. */
  readonly suggestions: readonly string[];
  /** The consultation is over. */
  readonly ended: boolean;
  /** The message came before: this is the first answer once more. */
  readonly repeated: boolean;
  /** For clinicians. */
  readonly differential?: DifferentialView;
}

/** One message of one person, as a channel read it. */
export interface Delivery extends Sent {
  /** The vendor's name of the chat: a number, an address. */
  readonly conversation: string;
  readonly text: string;
}

/** A delivery with what is to be sent back. Its text is empty where nothing is. */
export interface Answer<Read extends Delivery = Delivery> {
  readonly delivery: Read;
  readonly reply: Reply;
}

/** An incoming request, read to its end. */
export interface WebhookRequest {
  /** Path and query. */
  readonly url: string;
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  readonly body: Buffer;
}

export interface WebhookResponse {
  readonly type: string;
  readonly body: string;
}

/** `Read`: a delivery with what the channel itself needs to answer it. */
export interface Channel<Read extends Delivery = Delivery> {
  readonly name: string;
  /** Throws `forged`, `stale` or `replayed` unless the vendor sent the request, as it is, now. */
  verify(request: WebhookRequest): void | Promise<void>;
  /** Answers a GET, by which a vendor asks whether the address is ours; throws `forged`. Default: there is none. */
  confirm?(url: string): WebhookResponse;
  /** Throws `bad-message` on what the vendor does not send. Empty where a request holds nothing to answer. */
  parse(request: WebhookRequest): readonly Read[];
  /**
   * For vendors whose replies do not travel in the response. Gives whether it sent the answer, which has words; one that it
   * did not send is in the response. Throws `unreachable` where the answer is to be sent once more when the delivery comes
   * again, `unconfirmed` where it may have arrived.
   */
  send?(answer: Answer<Read>): Promise<boolean>;
  render(answers: readonly Answer<Read>[]): WebhookResponse;
}
