/**
 * Trained policies among the agents: `policy:DIR` names one by its run's directory. The trainers' room is loaded when
 * one is asked for, and not before.
 */
import type { Chooser, ChoosingContext } from "../agents/index.ts";
import type { Exchange, Policy, PolicyDiagnostician, Situation, StoredPolicy } from "../gpu-trainer/index.ts";
import { type CaseSource, sampledSource } from "../simulators/index.ts";
import {
  type Act,
  AnamnesisError,
  appliesTo,
  isTold,
  type KnowledgeBase,
  mostUrgent,
  type ObservedFinding,
} from "../src/index.ts";
import { CommandError } from "./errors.ts";

const FORM = "policy:";

/** The directory of `policy:DIR`; undefined for another name. */
export function policyDirectory(name: string): string | undefined {
  return name.startsWith(FORM) && name.length > FORM.length ? name.slice(FORM.length) : undefined;
}

export interface PolicySettings {
  readonly device?: "cpu" | "cuda" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of it before it is opened: its knowledge base, its rules. */
export async function readPolicyNamed(directory: string): Promise<StoredPolicy> {
  const { readPolicy } = await import("../gpu-trainer/index.ts");
  return readPolicy(directory);
}

/** Its worker is started; close it when all is done. */
export async function openPolicyNamed(directory: string, settings: PolicySettings = {}): Promise<Policy> {
  const { openPolicy } = await import("../gpu-trainer/index.ts");
  return openPolicy(directory, settings);
}

/** The series that no run trains on: the first seed's are those that a run looks at itself. */
const HELD_OUT = 2 ** 31 + 11;

/** Patients of the policy's own knowledge base that it was not trained on. */
export async function policyCases(
  directory: string,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<CaseSource & { readonly base: KnowledgeBase }> {
  const { base } = await readPolicyNamed(directory);
  return { ...sampledSource(`${FORM}${directory}`, base, { seed: HELD_OUT + seed, count }), base };
}

/** Throws `other-knowledge` where the policy would ask for what the cases' knowledge base does not have. */
export function requireKnown({ base: own, run }: StoredPolicy, base: KnowledgeBase): void {
  const known = new Set(base.findings.map(({ id }) => id));
  const unknown = own.findings.find(({ id }) => !known.has(id));
  if (!unknown) return;
  throw new CommandError(
    "other-knowledge",
    `the policy of ${run} was trained on ${own.id}, and ${base.id} has no finding ${unknown.id}; leave --cases out, or choose cases of its own knowledge base`,
  );
}

/** How long a turn of a conversation waits for the policy, in milliseconds, before the core decides. */
const PATIENCE = 10_000;

/**
 * The policy as the one that chooses in a conversation. What it may not ask, and whatever fails, is left to the core,
 * and reported; how soon to be seen is at least what the core believes.
 */
export function policyChooser(base: KnowledgeBase, agent: Pick<PolicyDiagnostician, "name" | "act">): Chooser {
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const questions = new Map(base.findings.map(({ id, question }) => [plain(question), id]));

  const allowed = (act: Act, context: ChoosingContext): Act | undefined => {
    if (act.type === "conclude") return act.abstained ? undefined : withUrgency(act, context.core(0));
    if (act.type === "hand-off" || context.left <= 0) return undefined;
    const id = act.finding ?? questions.get(plain(act.text ?? ""));
    const finding = id === undefined ? undefined : findings.get(id);
    const { intake, known, asked } = context;
    const isOpen = finding && isTold(finding.kind) && appliesTo(finding, intake);
    return isOpen && !known.has(finding.id) && !asked.has(finding.id)
      ? { type: "ask", finding: finding.id }
      : undefined;
  };

  return {
    name: agent.name,
    async choose(context, signal) {
      const { report, left } = context;
      const late = AbortSignal.timeout(PATIENCE);
      try {
        const act = await agent.act(situationOf(base, context), signal ? AbortSignal.any([signal, late]) : late);
        const fit = allowed(act, context);
        if (fit) return fit;
        report?.({ type: "fell-back", part: "chooser", reason: "not-offered" });
      } catch (error) {
        if (signal?.aborted) throw error;
        if (!(error instanceof AnamnesisError) && !late.aborted) throw error;
        const reason = error instanceof AnamnesisError ? error.code : "timeout";
        report?.({ type: "fell-back", part: "chooser", reason });
      }
      return context.core(left);
    },
  };
}

function withUrgency(act: Extract<Act, { type: "conclude" }>, own: Act): Act {
  const believed = own.type === "conclude" ? own.urgency : undefined;
  if (!believed) return act;
  return { ...act, urgency: act.urgency ? mostUrgent(act.urgency, believed) : believed };
}

/** The conversation as training would have laid it out: what was known first, then question by question. */
function situationOf(
  base: KnowledgeBase,
  { consultation = "", intake, known, asked, left }: ChoosingContext,
): Situation {
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const told = [...known.values()];
  const before = told.filter(({ finding }) => !asked.has(finding));
  const exchanges = told
    .filter(({ finding }) => asked.has(finding))
    .map((observed): Exchange => {
      const { finding } = observed;
      const question = findings.get(finding)?.question ?? finding;
      return { act: "ask", finding, question, text: answerIn(findings, observed), observed: [observed] };
    });
  const complaints = before
    .filter(({ state }) => state === "present")
    .map(({ finding }) => findings.get(finding)?.name);
  const text = `I have ${complaints.filter(Boolean).join(", ") || "a complaint"}.`;
  const { age, sex } = intake;
  return { consultation, person: { age, sex }, opening: { text, observed: before }, exchanges, left };
}

function answerIn(
  findings: ReadonlyMap<string, { values: readonly { id: string; name: string }[] }>,
  observed: ObservedFinding,
): string {
  if (observed.state === "unknown") return "I don't know.";
  if (observed.state === "absent") return "No.";
  if (observed.number !== undefined) return `${observed.number}.`;
  const { values = [] } = findings.get(observed.finding) ?? {};
  const names = observed.values?.map((id) => values.find((value) => value.id === id)?.name ?? id);
  return names ? `${names.join(", ")}.` : "Yes.";
}

const plain = (text: string): string => text.toLowerCase().replace(/\W+/g, " ").trim();
