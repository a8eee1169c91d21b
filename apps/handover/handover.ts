/** The hand-over to clinicians of one server, put together: store, register, survey and outbox. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, type EventStore, seededRandom } from "../../src/index.ts";
import type { ServedConversation } from "../server/conversation.ts";
import { type DifferentialViewer, differentialViewer } from "../server/differential-view.ts";
import { ServerError } from "../server/errors.ts";
import type { Hub } from "../server/hub.ts";
import { type Log, traceOf } from "../server/log.ts";
import type { Projection } from "../server/log-messages.ts";
import type { Tracing } from "../tracing/index.ts";
import type { Reading } from "./dossier.ts";
import { observedStore } from "./observed-store.ts";
import { Outbox, SCHEDULE } from "./outbox.ts";
import { isOccasion } from "./owed.ts";
import { Register } from "./register.ts";
import { Survey } from "./survey.ts";
import { openWebhook, type WebhookOptions } from "./webhook.ts";

export interface HandoverOptions {
  /** Another system that is told when a consultation ended or was reviewed. */
  readonly webhook?: WebhookOptions | undefined;
  /** Milliseconds between attempts to tell it; after the last attempt it is given up. Default: 1 s to an hour, 7 attempts. */
  readonly schedule?: readonly number[] | undefined;
  /** Where the server is reached from outside, for the links that are sent. Default: none, and they are paths. */
  readonly publicUrl?: string | undefined;
  /** Milliseconds between two looks at a store that others share, at least. Default 3,000. */
  readonly lookEveryMs?: number | undefined;
  /** Milliseconds after which a server looks for what another left untold. Default 30,000. */
  readonly claimEveryMs?: number | undefined;
}

export interface HandoverContext {
  readonly store: EventStore;
  readonly conversation: ServedConversation;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracing?: Tracing | undefined;
}

/** Milliseconds that a request waits for a store to be looked through. */
const PATIENCE_MS = 5_000;
/** Older occasions than this are not told after a restart: whoever is told of a webhook's first day wants no history. */
const OWED_FOR_MS = 3 * 24 * 3_600_000;
/** Milliseconds that attempts under way are given when the server goes down. */
const FAREWELL_MS = 2_000;

export class Handover implements Reading {
  /** The store given, observed: everything in this process is to go through it. */
  readonly store: EventStore;
  readonly conversation: ServedConversation;
  readonly projection: Projection;
  readonly register: Register;
  readonly #survey: Survey;
  readonly #options: HandoverOptions;
  readonly #context: HandoverContext;
  readonly #chance = seededRandom(randomUUID());
  #view: DifferentialViewer | undefined;
  #outbox: Outbox | undefined;
  #hub: Hub | undefined;
  #surveyed: Promise<void> | undefined;
  #began = Number.NEGATIVE_INFINITY;
  #claiming: NodeJS.Timeout | undefined;

  /** Throws `bad-webhook`. */
  constructor(context: HandoverContext, options: HandoverOptions = {}) {
    const { conversation, projection, clock } = context;
    this.#context = context;
    this.#options = options;
    if (options.webhook) openWebhook(options.webhook, clock);
    this.conversation = conversation;
    this.projection = projection;
    this.register = new Register(conversation.base, (since) => this.#isOwed(since));
    this.store = observedStore(context.store, {
      appended: (id, events) => {
        this.#survey.appended(id, events);
        if (events.some(isOccasion)) this.#outbox?.owe(id);
      },
      read: (id, events) => this.#survey.read(id, events),
      deleted: (id) => this.#survey.deleted(id),
    });
    this.#survey = new Survey(this.store, this.register, options);
  }

  get view(): DifferentialViewer {
    this.#view ??= differentialViewer(this.conversation.base);
    return this.#view;
  }

  /** Begins to keep watch. The hub's survey reads every list once, and is heard here. */
  begin(hub: Hub): void {
    const { webhook, schedule = SCHEDULE, publicUrl = "", claimEveryMs = 30_000 } = this.#options;
    const { clock, log, conversation, tracing } = this.#context;
    this.#hub = hub;
    this.#began = clock.now().getTime();
    if (webhook)
      this.#outbox = new Outbox({
        store: this.store,
        hub,
        base: conversation.base,
        webhook: openWebhook(webhook, clock, tracing),
        schedule,
        publicUrl: publicUrl.replace(/\/+$/, ""),
        log,
      });
    this.#surveyedOnce().catch(() => {});
    this.#claiming = setInterval(() => void this.#lookAndClaim(), claimEveryMs);
    this.#claiming.unref();
  }

  /** Ends the watch. What is owed is told after a restart. */
  async stop(): Promise<void> {
    clearInterval(this.#claiming);
    await this.#outbox?.stop(FAREWELL_MS);
  }

  /** The register, true to the store as far as can be told at once. Throws `overloaded` and `store-unavailable`. */
  async current(): Promise<Register> {
    const look = (async () => {
      await this.#surveyedOnce();
      await this.#survey.settle();
      await this.#survey.look(performance.now());
    })();
    const isThere = await Promise.race([look.then(() => true), sleep(PATIENCE_MS, false, { ref: false })]).catch(
      (error) => {
        throw new ServerError("store-unavailable", "the store did not answer", error);
      },
    );
    if (!isThere) throw new ServerError("overloaded", "the consultations are still being looked through");
    return this.register;
  }

  /** Tells again what was given up. Throws `not-found`. */
  async sendAgain(consultation: string): Promise<{ consultation: string; to: string }> {
    if (!this.#outbox) throw new ServerError("not-found", "this server was started without a webhook");
    const letter = (await this.current()).dead().find((each) => each.consultation === consultation);
    if (!letter) throw new ServerError("not-found", "nothing about such a consultation was given up");
    this.#outbox.owe(consultation, true);
    return { consultation, to: letter.to };
  }

  /** That every list was read; where that failed, it is tried anew. */
  #surveyedOnce(): Promise<void> {
    this.#surveyed ??= (async () => {
      await this.#hub?.survey();
      await this.#survey.look(performance.now());
      if (!this.#survey.isShared) this.#claim();
    })().catch((error) => {
      this.#surveyed = undefined;
      this.#context.log("error", { event: "survey-failed", error: traceOf(error) });
      throw error;
    });
    return this.#surveyed;
  }

  #isOwed(since: number): boolean {
    return this.#options.webhook !== undefined && this.#context.clock.now().getTime() - since < OWED_FOR_MS;
  }

  async #lookAndClaim(): Promise<void> {
    if (!this.#outbox) return;
    try {
      await this.current();
      this.#claim();
    } catch (error) {
      this.#context.log("error", { event: "look-failed", error: traceOf(error) });
    }
  }

  /**
   * Takes over what nobody told: what was there before this process began, and what is so old that whoever had it must
   * have told or given it up. Several servers may take the same; its id is the same too.
   */
  #claim(): void {
    const { schedule = SCHEDULE } = this.#options;
    const now = this.#context.clock.now().getTime();
    const inHand = 2 * schedule.reduce((sum, ms) => sum + ms, 0) + 60_000;
    for (const [id, since] of this.register.owed()) {
      if (!this.#isOwed(since) || this.#outbox?.isTelling(id)) continue;
      if (since >= this.#began && now - since < inHand) continue;
      void this.#claimLater(id);
    }
  }

  /** Servers that share a store do not all take the same at once. */
  async #claimLater(id: string): Promise<void> {
    const { claimEveryMs = 30_000 } = this.#options;
    if (this.#survey.isShared) await sleep((this.#chance.float() * claimEveryMs) / 2, undefined, { ref: false });
    if (!this.#outbox?.isTelling(id)) this.#outbox?.owe(id);
  }
}
