/** What a bot is made of, opened once for all its consultations; and the one consultation that most scripts need. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { bayesAgent, type SafetyOptions } from "../../agents/index.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../simulators/index.ts";
import {
  type AgentCore,
  type Clock,
  type ConsultationEvent,
  type EventStore,
  Intake,
  type KnowledgeBase,
  systemClock,
} from "../../src/index.ts";
import { servedConversation } from "../server/conversation.ts";
import type { Hub } from "../server/hub.ts";
import { Limits } from "../server/limits.ts";
import type { Log } from "../server/log.ts";
import { openHub } from "../server/own-hub.ts";
import { Audience, ConsultationId, Person } from "../server/protocol.ts";
import { openStore } from "../server/stores/open.ts";
import { type BotContext, Consultation, type Opening } from "./consultation.ts";
import { BotError } from "./errors.ts";

export interface BotOptions {
  /** Default: the starter. */
  readonly base?: KnowledgeBase | undefined;
  /** Who chooses the questions. Default: the Bayesian agent over the base. */
  readonly core?: AgentCore | undefined;
  /** Whom the replies are for. Default: patient, who is shown no probabilities. */
  readonly audience?: Audience | undefined;
  /** An open store, or its name as `--store` takes it. Default: memory. */
  readonly store?: EventStore | string | undefined;
  /** Numbers to call, as the place has them. */
  readonly safety?: SafetyOptions | undefined;
  /** The most questions, 0 to 1000. Default 30. */
  readonly budget?: number | undefined;
  readonly clock?: Clock | undefined;
  /** For example `expireMs`: milliseconds of silence after which a consultation is abandoned. Default: a day. */
  readonly limits?: Partial<Limits> | undefined;
  readonly log?: Log | undefined;
  /** A running server's consultations and their store, to be shared; what they fix is not given besides. */
  readonly served?: { readonly hub: Hub; readonly store: EventStore } | undefined;
}

export interface Practice {
  /** Goes on with a consultation, or begins it. `release` is called when it is closed. */
  consultation(id: string, opening?: Opening, release?: () => Promise<void>): Promise<Consultation>;
  holds(id: string): Promise<boolean>;
  /** The events of a consultation, as stored. */
  read(id: string): Promise<ConsultationEvent[]>;
  /** Closes the store, where it was opened here. */
  close(): Promise<void>;
}

const Plain = z.object({
  audience: Audience.default("patient"),
  budget: z.int().min(0).max(1000).default(30),
});

export async function openPractice(options: BotOptions = {}): Promise<Practice> {
  const { audience, budget } = checked(Plain, options);
  const { served } = options;
  const { hub, store, close } = served ? { ...served, close: async () => {} } : await ownHub(options, budget);
  const context: BotContext = { hub, store, audience };
  return {
    async consultation(id, { consent, person, findings } = {}, release) {
      const opening = {
        consent,
        person: person && checked(Person, person),
        findings: findings && checked(Intake.shape.findings, findings),
      };
      return Consultation.open(checked(ConsultationId, id), context, opening, release);
    },
    holds: async (id) => (await store.read(id)).length > 0,
    read: async (id) => (await store.read(id)).map(({ event }) => event),
    close,
  };
}

/** Consultations of its own, over the store that is named or given. */
async function ownHub(options: BotOptions, budget: number) {
  const { store: given = "memory", safety = {}, clock = systemClock, log = () => {} } = options;
  const limits = checked(Limits, options.limits ?? {});
  const base = options.base ?? (await loadKnowledgeBase(STARTER_DIRECTORY));
  const core = options.core ?? (bayesAgent(base) as AgentCore);
  const conversation = servedConversation(base, core, { budget, safety });
  const store = typeof given === "string" ? await openStore(given) : given;
  const { hub, settle } = openHub({ conversation, store, clock, limits, log });
  const close = async (): Promise<void> => {
    await settle();
    if (typeof given === "string") await store.close();
  };
  return { hub, store, close };
}

export interface ConsultationOptions extends BotOptions, Opening {
  /** Of a consultation to go on with, or to begin. Default: a new one. */
  readonly id?: string | undefined;
}

/** One consultation and what it needs. Whoever holds many opens one practice for them. */
export async function createConsultation(options: ConsultationOptions = {}): Promise<Consultation> {
  const practice = await openPractice(options);
  try {
    return await practice.consultation(options.id ?? randomUUID(), options, practice.close);
  } catch (error) {
    await practice.close();
    throw error;
  }
}

function checked<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BotError("bad-options", z.prettifyError(parsed.error), parsed.error);
}
