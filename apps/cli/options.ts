/** Options that several verbs share, parsed and checked in one place. */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type CaseSource,
  loadDdxplusKnowledge,
  loadKnowledgeBase,
  openCaseSource,
  PERSONAS,
  Persona,
  type PersonaName,
  SOURCE_FORMS,
  STARTER_DIRECTORY,
  sampledSource,
} from "../../simulators/index.ts";
import { type KnowledgeBase, Probability } from "../../src/index.ts";
import { AGENT_FORMS, AGENTS, type Goal } from "../agents.ts";
import { policyCases, policyDirectory } from "../policies.ts";

export interface SourceFlags {
  readonly cases: string;
  readonly n?: number;
  readonly seed: number;
  readonly skipBad: boolean;
  readonly sample?: number;
  readonly knowledge?: string;
}

export interface AgentFlags {
  readonly agent: string;
  readonly goal: Goal;
  readonly budget: number;
  readonly minGain?: number;
  readonly confidence?: number;
  readonly abstainBelow?: number;
  readonly severeFirst?: number;
  readonly redFlagRisk?: number;
  readonly examine: boolean;
  readonly temperature?: number;
  readonly device: "cpu" | "cuda";
}

export interface PersonaFlags {
  readonly persona: PersonaName;
  readonly denial?: number;
  readonly overReporting?: number;
  readonly vagueness?: number;
  readonly forgetfulness?: number;
}

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

function chance(text: string): number {
  const parsed = Probability.safeParse(text.trim() === "" ? Number.NaN : Number(text));
  if (parsed.success && typeof parsed.data === "number") return parsed.data;
  throw new InvalidArgumentError("expected a number from 0 to 1.");
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(number) && number >= least) return number;
    throw new InvalidArgumentError(`expected a number of at least ${least}.`);
  };
}

export function addSourceOptions(command: Command): Command {
  return command
    .option("--cases <source>", `the cases: ${SOURCE_FORMS}, policy:DIR`, "starter")
    .option("--n <count>", "how many cases", whole(1, 1e9))
    .option("--seed <number>", "fixes chance", whole(0, 2 ** 31 - 1), 0)
    .option("--skip-bad", "leave bad rows out and count them", false)
    .option("--sample <count>", "draw this many patients from the source's knowledge base instead", whole(1, 1e9))
    .option(
      "--knowledge <base>",
      "knowledge base of cases that bring none: a directory or ddxplus:DIR (default: the starter)",
    );
}

export function addAgentOptions(command: Command): Command {
  return command
    .option("--agent <name>", `the agent: ${AGENT_FORMS}`, agentName, "bayes")
    .addOption(
      new Option("--goal <goal>", "name the one condition, or everything that should be considered")
        .choices(["diagnosis", "differential"])
        .default("diagnosis"),
    )
    .option("--budget <count>", "the most questions", whole(0, 1000), 30)
    .option("--min-gain <nats>", "stop when a question is expected to tell less", atLeast(0))
    .option("--confidence <p>", "stop when the leader is this probable", chance)
    .option("--abstain-below <p>", "name no leader below this probability", chance)
    .option("--severe-first <weight>", "how much more severe conditions count when choosing questions", atLeast(1))
    .option("--red-flag-risk <p>", "ask for red flags while an emergency with one is more probable than this", chance)
    .option("--examine", "signs and tests may be ordered too", false)
    .option("--temperature <t>", "of a policy's sampling (default: 0, the likeliest)", atLeast(0))
    .addOption(new Option("--device <device>", "where a policy's weights are").choices(["cpu", "cuda"]).default("cpu"));
}

function agentName(name: string): string {
  if ((AGENTS as readonly string[]).includes(name) || policyDirectory(name) !== undefined) return name;
  throw new InvalidArgumentError(`choose one of ${AGENT_FORMS}.`);
}

/** What a policy decides itself where nothing else was given: whom it is tried on, and how many questions it has. */
export function withPolicyDefaults<F extends Pick<AgentFlags, "agent" | "budget"> & { readonly cases?: string }>(
  flags: F,
  command: Command,
  budget: number,
): F {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  return {
    ...flags,
    ...(flags.cases !== undefined && !isGiven("cases") && { cases: flags.agent }),
    ...(!isGiven("budget") && { budget }),
  };
}

export function addPersonaOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--persona <name>", "who the patient is as a talker").choices(Object.keys(PERSONAS)).default("plain"),
    )
    .option("--denial <p>", "chance that a present finding is denied", chance)
    .option("--over-reporting <p>", "chance that an absent symptom is affirmed", chance)
    .option("--vagueness <p>", "chance that a symptom is told too vaguely to count", chance)
    .option("--forgetfulness <p>", "chance that an antecedent is not remembered", chance);
}

export function personaOf({ persona, ...changes }: PersonaFlags): Persona {
  const { denial, overReporting, vagueness, forgetfulness } = changes;
  const given = Object.entries({ denial, overReporting, vagueness, forgetfulness }).filter(([, p]) => p !== undefined);
  return Persona.parse({ ...PERSONAS[persona], ...Object.fromEntries(given) });
}

/** The knowledge base asked for: a directory, `ddxplus:DIR`, or the starter. */
export async function loadBase(knowledge: string | undefined): Promise<KnowledgeBase> {
  const directory = knowledge?.startsWith("ddxplus:") ? knowledge.slice("ddxplus:".length) : undefined;
  if (directory !== undefined) return (await loadDdxplusKnowledge(directory)).base;
  return loadKnowledgeBase(knowledge ?? STARTER_DIRECTORY);
}

/** The source, and the knowledge base that agents work with: the source's own, else the one asked for, else the starter. */
export async function openSource(
  flags: SourceFlags,
  defaultCount = 100,
): Promise<{ source: CaseSource; base: KnowledgeBase }> {
  const { cases, n, seed, skipBad, sample, knowledge } = flags;
  const policy = policyDirectory(cases);
  if (policy !== undefined) {
    const source = await policyCases(policy, { seed, count: sample ?? n ?? defaultCount });
    return { source, base: source.base };
  }
  const bringsBase = cases === "starter" || cases.startsWith("ddxplus:");
  const given = bringsBase && knowledge === undefined ? undefined : await loadBase(knowledge);
  const count = sample ?? n ?? defaultCount;
  const opened = await openCaseSource(cases, { seed, count, skipBad, ...(given && { base: given }) });
  const base = opened.base ?? given!;
  const source = sample === undefined ? opened : sampledSource(`${cases} (sampled)`, base, { seed, count });
  return { source, base };
}

/** The Bayesian agent's options that were given. */
export function bayesOptionsOf({ examine, ...flags }: AgentFlags) {
  const { minGain, confidence, abstainBelow, severeFirst, redFlagRisk } = flags;
  const options = { minGain, confidence, abstainBelow, severeFirst, redFlagRisk };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), examine };
}
