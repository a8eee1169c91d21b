/**
 * Everything that `serve` can be told, in one schema. A *setting* is a leaf of it: its name is its path (`log.level`), its
 * environment variable follows from the name (`ANAMNESIS_LOG_LEVEL`). Where values come from is not known here.
 */
import { z } from "zod";
import { AGENT_FORMS, AGENTS } from "../agents.ts";
import { policyDirectory } from "../policies.ts";
import { ENGINES } from "../server/engine.ts";
import { MODEL_PARTS } from "../server/model-parts.ts";
import { Audience } from "../server/protocol.ts";
import { parseStoreSpec, STORE_FORMS } from "../server/stores/open.ts";
import { ChannelSettings } from "./channels.ts";
import { LimitSettings } from "./limits.ts";
import { address, secret, setting } from "./notes.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

const Text = z.string().min(1);
const chance = (about: string) => setting(about, z.number().min(0).max(1).optional());

const isAgent = (name: string): boolean =>
  (AGENTS as readonly string[]).includes(name) || policyDirectory(name) !== undefined;
const isStore = (name: string): boolean => parseStoreSpec(name) !== undefined;

const Bayes = z.strictObject({
  minGain: setting("stop when a question is expected to tell less, in nats", z.number().min(0).optional()),
  confidence: chance("stop when the leader is this probable"),
  abstainBelow: chance("name no leader below this probability"),
  severeFirst: setting("how much more severe conditions count when choosing questions", z.number().min(1).optional()),
  redFlagRisk: chance("ask for red flags while an emergency with one is more probable than this"),
  examine: setting("signs and tests may be ordered too", z.boolean().default(false)),
});

const Policy = z.strictObject({
  temperature: setting("of a policy's sampling; not set: the likeliest", z.number().min(0).optional()),
  device: setting("where a policy's weights are", z.enum(["cpu", "cuda"]).default("cpu")),
});

const Model = z.strictObject({
  name: setting("a chat model, `PROVIDER:MODEL`", Text.optional()),
  key: secret("its key; not set: what the provider's own variable has, such as `OPENAI_API_KEY`", Text.optional()),
  url: address("of an OpenAI-compatible server that has the model", z.url().optional()),
  timeoutMs: setting("milliseconds that one call may take", z.int().min(1).max(600_000).default(8_000)),
  tokens: setting("the most tokens of a consultation, in and out", z.int().min(1).max(1e9).default(100_000)),
  price: z
    .strictObject({
      input: setting("US dollars for a million tokens in", z.number().min(0)),
      output: setting("US dollars for a million tokens out", z.number().min(0)),
    })
    .optional(),
  parts: setting("what the model does", z.array(z.enum(MODEL_PARTS)).default(["understand", "phrase"])),
});

export const TracingSettings = z.strictObject({
  endpoint: address(
    "an OTLP collector over HTTP, for example `http://collector:4318`; not set: no traces",
    z.url({ protocol: /^https?$/ }).optional(),
    "OTEL_EXPORTER_OTLP_ENDPOINT",
  ),
  authorization: secret("sent to the collector as `Authorization`", Text.optional()),
  service: setting("what the traces call this server", Text.default("anamnesis")),
  ratio: setting("share of the traces begun here that are kept", z.number().min(0).max(1).default(1)),
});
export type TracingSettings = z.output<typeof TracingSettings>;

export const Settings = z.strictObject({
  port: setting("where to listen; 0: a free port", z.int().min(0).max(65_535).default(8080)),
  host: setting("where to listen; anything but loopback needs `tokenFile`", Text.default("127.0.0.1")),
  tokenFile: setting("who may use it; `anamnesis serve token` makes it", Text.optional()),
  audience: setting("what is shown to those without a token", Audience.default("patient")),
  origins: setting("pages of other places that may use it, `https://clinic.example`", z.array(Text).default([])),
  store: address(
    `where consultations are kept: ${STORE_FORMS}`,
    z.string().refine(isStore, `expected ${STORE_FORMS}`).default("memory"),
  ),
  idleMinutes: setting("minutes of silence after which a connection is closed", z.int().min(1).max(1_440).default(15)),
  expireHours: setting(
    "hours of silence after which a consultation counts as abandoned",
    z.int().min(1).max(8_760).default(24),
  ),
  retentionDays: setting(
    "days after its last event that a consultation is deleted; 0: as long as the store keeps it",
    z.int().min(0).max(36_500).default(0),
  ),
  agent: setting(
    `the agent: ${AGENT_FORMS}`,
    z.string().refine(isAgent, `expected one of ${AGENT_FORMS}`).default("bayes"),
  ),
  goal: setting(
    "name the one condition, or everything that should be considered",
    z.enum(["diagnosis", "differential"]).default("diagnosis"),
  ),
  budget: setting("the most questions; a policy brings its own", z.int().min(0).max(1000).default(30)),
  engine: setting("what runs a turn: a plain loop, or LangGraph with checkpoints", z.enum(ENGINES).default("loop")),
  knowledge: setting("knowledge base: a directory or `ddxplus:DIR`; not set: the starter", Text.optional()),
  review: setting("a training run whose held batches are decided on at /review", Text.optional()),
  safety: z
    .strictObject({
      emergencyNumber: setting("the local emergency number", Text.default("112")),
      crisisLine: setting('whom to call with thoughts of suicide, for example "Samaritans, 116 123"', Text.optional()),
    })
    .prefault({}),
  bayes: Bayes.prefault({}),
  policy: Policy.prefault({}),
  model: Model.prefault({}),
  limits: LimitSettings.prefault({}),
  log: z.strictObject({ level: setting("the least that is logged", z.enum(LOG_LEVELS).default("info")) }).prefault({}),
  tracing: TracingSettings.prefault({}),
  channels: ChannelSettings.prefault({}),
  handover: z
    .strictObject({
      publicUrl: address(
        "where people reach this server, for the links that are sent; not set: they are paths",
        z.url({ protocol: /^https?$/ }).optional(),
      ),
      webhook: z
        .strictObject({
          url: address("who is told that a consultation waits for a clinician", z.url({ protocol: /^https?$/ })),
          secret: secret(
            "`whsec_` and 16 bytes or more in base 64, with which it is signed",
            z.string().regex(/^(?:whsec_)?[\w+/-]{22,}={0,2}$/, "expected `whsec_` and 16 bytes or more in base 64"),
          ),
        })
        .optional(),
    })
    .prefault({}),
});
export type Settings = z.output<typeof Settings>;
