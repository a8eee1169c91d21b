/**
 * The configuration of a run: one YAML file, one schema. Every option has its default, unit and bounds here; what a run
 * was started with is written into its directory whole.
 */
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { RewardConfig } from "../../environments/index.ts";
import { Persona } from "../../simulators/index.ts";
import { OddityRules } from "../approval/rules.ts";
import { parseStages, type Stages } from "../curriculum/stages.ts";
import { STOP_REASONS } from "../dialogues/types.ts";
import { ScheduleConfig } from "../schedules/types.ts";
import { RunError } from "./errors.ts";
import { GuardConfig } from "./guards.ts";

const Count = z.int().min(1).max(1_000_000);
const File = z.string().min(1);

/** Where cases come from, and who the patients are as talkers. */
export const CasesConfig = z.strictObject({
  /** As `--cases` takes it: `starter`, `ddxplus:DIR`, `FILE.jsonl` … Default `starter`. */
  source: z.string().min(1).default("starter"),
  /** Train on a part of the knowledge base; null: on all of it. Default null. */
  slice: z
    .strictObject({
      conditions: z.array(z.string().min(1)).min(2),
      /** The most findings that are kept. Default 40. */
      findings: Count.default(40),
    })
    .nullable()
    .default(null),
  /** Draw patients from the knowledge base's probabilities instead of reading the source's own. Default true. */
  sampled: z.boolean().default(true),
  /**
   * How often each domain is drawn in training, relative to its share among the conditions' priors; held-out cases keep
   * these. Default {}: as it comes.
   */
  domains: z.record(z.string(), z.number().positive()).default({}),
  /** Share of a source's own cases that is kept out of training, in (0, 1). Sampled ones are another series. Default 0.2. */
  heldOut: z.number().gt(0).lt(1).default(0.2),
  persona: Persona.prefault({}),
});

export const EpisodeConfig = z.strictObject({
  /** The most questions. Default 8. */
  budget: z.int().min(0).max(200).default(8),
  /** Texts that the protocol may refuse before the episode ends. Default 0. */
  formatFailures: z.int().min(0).max(100).default(0),
  /** Terms and weights. Default: 1 where the label leads, nothing else. */
  reward: RewardConfig.prefault({ weights: { top1: 1 }, unsafeVeto: null }),
});

export const ModelConfig = z.union([
  z.strictObject({
    /** A decoder with random weights over the run's own symbols. */
    make: z.strictObject({
      /** Width, a multiple of `heads` × 2. Default 64. */
      hidden: z.int().min(2).max(8192).default(64),
      layers: z.int().min(1).max(128).default(2),
      heads: z.int().min(1).max(128).default(4),
    }),
  }),
  z.strictObject({
    /** A model that another run made over the same symbols: the directory. */
    symbols: File,
  }),
  z.strictObject({
    /** A Hugging Face directory with weights and tokenizer, or a configuration with a tokenizer beside it; its language is text. */
    directory: File,
    /** Tokens that the model reads at most. Default 4096. */
    contextLength: Count.default(4096),
    /** Tokens of one turn at most. Default 128. */
    turnTokens: Count.default(128),
    /** Train adapters of this rank; null: every weight. Default null. */
    lora: z
      .strictObject({ rank: z.int().min(1).max(4096) })
      .nullable()
      .default(null),
  }),
]);

export const WorkerConfig = z.union([
  z.strictObject({
    /** The run starts its own worker, on this device. */
    device: z.enum(["cpu", "cuda"]),
    /** CPU threads for one operation; null: all. Default null. */
    threads: z.int().min(1).max(1024).nullable().default(null),
  }),
  z.strictObject({
    /** A worker that runs already and serves the model under this name. */
    url: z.url(),
    baseModel: z.string().min(1),
    /** The environment variable with its key; null: it needs none. Default null. */
    apiKeyVariable: z.string().min(1).nullable().default(null),
  }),
]);

export const OptimizerConfig = z.strictObject({
  /** AdamW's, at its highest. Default 1e-3. */
  learningRate: z.number().positive().max(1).default(1e-3),
  /** Steps over which it rises from 0. Default 0. */
  warmUpSteps: z.int().min(0).default(0),
  /** How it falls until the last step. Default none. */
  decay: z.enum(["none", "linear", "cosine"]).default("none"),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  eps: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0),
  /** Global norm that the gradient is clipped to; 0: no clipping. Default 1. */
  gradClipNorm: z.number().min(0).default(1),
});
export type OptimizerConfig = z.output<typeof OptimizerConfig>;

/** Supervised steps before the first rollout, on transcripts of an agent. */
export const WarmUpConfig = z.strictObject({
  /** Who is imitated. Default random: questions at random, a Bayesian conclusion. */
  agent: z.enum(["random", "bayes"]).default("random"),
  /** Whether transcripts end with what the agent concluded, or with the label. Default agent. */
  conclude: z.enum(["agent", "label"]).default("agent"),
  /** Transcripts. Default 2048. */
  consultations: Count.default(2048),
  /** Passes over them. Default 1. */
  epochs: z.int().min(1).max(1000).default(1),
  /** Transcripts a step. Default 128. */
  batch: Count.default(128),
  learningRate: z.number().positive().max(1).default(1e-3),
});
export type WarmUpConfig = z.output<typeof WarmUpConfig>;

/** Findings that a question shows besides the opening; null: all that the case has. */
const shown = z.int().min(0).nullable();

/** What is trained, or looked at. */
export const TaskConfig = z.discriminatedUnion("kind", [
  /** The multi-turn consultation of `episode`. */
  z.strictObject({ kind: z.literal("consultation") }),
  /** One right condition among so many look-alikes. */
  z.strictObject({
    kind: z.literal("choice"),
    options: z.int().min(2).max(26).default(6),
    findings: shown.default(null),
  }),
  /** Several right conditions among look-alikes, rewarded by set F1. */
  z.strictObject({
    kind: z.literal("multiple-choice"),
    options: z.int().min(2).max(26).default(6),
    findings: shown.default(0),
  }),
  /** A differential from the first message, rewarded by set F1. */
  z.strictObject({ kind: z.literal("list"), findings: shown.default(0) }),
]);
export type TaskConfig = z.output<typeof TaskConfig>;

/** One stage of the curriculum. */
export const StageConfig = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, "lower-case letters, digits and hyphens"),
  task: TaskConfig,
  /** Ends after so many steps, once held-out accuracy is high enough, or after so many looks without a better one. */
  exit: z.strictObject({
    steps: Count,
    accuracy: z.number().min(0).max(1).optional(),
    patience: Count.optional(),
  }),
  /** The best held-out accuracy that an earlier stage must have reached, or the run stops. */
  entry: z.strictObject({ stage: z.string().min(1), accuracy: z.number().min(0).max(1) }).optional(),
});
export type StageConfig = z.output<typeof StageConfig>;

export const RunConfig = z
  .strictObject({
    /** Fixes all chance of the run. Default 0. */
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
    cases: CasesConfig.prefault({}),
    episode: EpisodeConfig.prefault({}),
    model: ModelConfig.prefault({ make: {} }),
    worker: WorkerConfig.prefault({ device: "cpu" }),
    warmUp: WarmUpConfig.nullable().default(null),
    /** Start from the weights of another run's checkpoint, its latest unless a step is named. Null: do not. Default null. */
    startFrom: z
      .strictObject({ run: File, step: z.int().min(0).nullable().default(null) })
      .nullable()
      .default(null),
    stages: z.array(StageConfig).min(1),
    /** The objective's name, and its own options beside it. */
    objective: z.looseObject({ name: z.string().min(1) }),
    /** A module whose default export holds further objectives by name; null: none. Default null. */
    objectives: File.nullable().default(null),
    schedule: ScheduleConfig.prefault({ kind: "on-policy" }),
    /** Groups a step, and trajectories a group. Defaults 32 and 16. */
    groups: Count.default(32),
    groupSize: z.int().min(1).max(1024).default(16),
    /**
     * Sample further groups until enough have unequal rewards: in so many rounds at most, and at most `surplus` batches in
     * one. Null: off. Default null.
     */
    dynamicSampling: z
      .strictObject({ rounds: z.int().min(1).max(1000).default(10), surplus: z.number().min(1).max(100).default(3) })
      .nullable()
      .default(null),
    /**
     * Train on the first `pool` training cases, and set those aside whose pass rate is outside [low, high]; judged by so
     * many `samples`, and again after `recheck` uses. Null: cases as they come. Default null.
     */
    difficulty: z
      .strictObject({
        /** Cases. */
        pool: Count,
        low: z.number().min(0).max(1).default(0.1),
        high: z.number().min(0).max(1).default(0.9),
        samples: z.int().min(1).max(10_000).default(8),
        recheck: z.int().min(1).max(10_000).default(4),
      })
      .refine(({ low, high }) => low <= high, { path: ["low"], message: "is above high" })
      .nullable()
      .default(null),
    optimizer: OptimizerConfig.prefault({}),
    rollouts: z
      .strictObject({
        /** Dialogues under way at once. Default 1024. */
        atOnce: Count.default(1024),
        /** Seconds after which a dialogue is cut. Default 600. */
        timeout: z.number().positive().default(600),
        /**
         * What becomes of a dialogue that ended so: `keep` its reward, `drop` it, or give it this one. Default: what was
         * truncated, timed out, or had a patient that failed is dropped, the rest kept; a list without an end earns 0.
         */
        stops: z
          .partialRecord(
            z.enum(STOP_REASONS),
            z.union([z.enum(["keep", "drop"]), z.strictObject({ reward: z.number() })]),
          )
          .default({}),
      })
      .prefault({}),
    evaluation: z
      .strictObject({
        /** Steps between looks at held-out cases; 0: only at the end. Default 20. */
        every: z.int().min(0).default(20),
        /** Held-out consultations each time. Default 500. */
        cases: Count.default(500),
        /** Tasks that are looked at besides the stage's own, by name: what is learnt beside it, or forgotten. Default {}. */
        tasks: z.record(z.string().regex(/^[a-z0-9-]{1,40}$/), TaskConfig).default({}),
      })
      .prefault({}),
    checkpoints: z
      .strictObject({
        /** Steps between checkpoints. Default 10. */
        every: Count.default(10),
        /** How many of the latest are kept, besides the best. Default 2. */
        keep: Count.default(2),
      })
      .prefault({}),
    /** Trajectories written down at each look at held-out cases. Default 8. */
    samples: z.int().min(0).max(10_000).default(8),
    guards: GuardConfig.prefault({}),
    /**
     * Hold batches until somebody decides on them: all, or those that a rule finds odd, by people or by the rules alone
     * (`decides`: what becomes of an odd batch with nobody there). Null: none. Default null.
     */
    approval: z
      .union([
        z.literal("all"),
        z.strictObject({
          rules: OddityRules.prefault({}),
          decides: z.enum(["people", "reject", "confirm"]).default("people"),
        }),
      ])
      .nullable()
      .default(null),
  })
  .superRefine(({ stages, evaluation, cases }, context) => {
    stages.forEach(({ exit }, i) => {
      if (evaluation.every > 0 || (exit.accuracy === undefined && exit.patience === undefined)) return;
      const message = "looks at held-out cases, which evaluation.every: 0 leaves to the stage's end";
      context.addIssue({ code: "custom", path: ["stages", i, "exit"], message });
    });
    if (!cases.sampled && Object.keys(cases.domains).length > 0) {
      const message = "weighs drawn patients; a source's own cases come as they are (sampled: false)";
      context.addIssue({ code: "custom", path: ["cases", "domains"], message });
    }
  });
export type RunConfig = z.output<typeof RunConfig>;

/** The curriculum's rules. Throws `CurriculumError` where they do not fit together. */
export const stageRules = ({ stages }: Pick<RunConfig, "stages">): Stages =>
  parseStages(stages.map(({ task: _, ...rule }) => rule));

/** Reads a configuration. Throws `RunError` `bad-config` that names the file and the field. */
export async function readConfig(file: string): Promise<RunConfig> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new RunError("unreadable", `cannot be read (${cause.code}); give the path of a YAML file`, {
      place: { file },
      cause,
    });
  });
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault) {
    throw new RunError("bad-config", fault.message, { place: { file, line: fault.linePos?.[0].line } });
  }
  return parseConfig(document.toJS(), file);
}

/** `file` names where it came from, for messages. */
export function parseConfig(value: unknown, file?: string): RunConfig {
  const parsed = RunConfig.safeParse(value);
  if (!parsed.success) throw new RunError("bad-config", z.prettifyError(parsed.error), { place: { file } });
  stageRules(parsed.data);
  return parsed.data;
}
