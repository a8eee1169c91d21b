/**
 * Transcripts to imitate: an agent's core plays a task's dialogues, and its acts are written down as a policy would
 * write them. A transcript is a trajectory like any other, but for its log-probs, which nobody sampled.
 */
import { conditionNames, labelCondition } from "../../environments/index.ts";
import { type Case, type Persona, patientFor } from "../../simulators/index.ts";
import type { Act, AgentCore, Conclude, KnowledgeBase } from "../../src/index.ts";
import type { Task } from "../dialogues/types.ts";
import type { Trajectory } from "../rollouts/types.ts";

export interface DemonstrationOptions {
  readonly base: KnowledgeBase;
  readonly core: AgentCore;
  readonly task: Task;
  readonly budget: number;
  readonly persona: Persona;
  /** Whether the transcript ends with the label, or with what the core concluded. */
  readonly conclude: "agent" | "label";
}

/** Gives the transcript over a case. Undefined where the core did what the task's language has no words for. */
export function demonstrator(
  options: DemonstrationOptions,
): (chosen: Case, seed: number) => Promise<Trajectory | undefined> {
  const { base, core, task, budget, persona, conclude } = options;
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const names = conditionNames(base);
  return async (chosen, seed) => {
    // The same case and seed: what this patient states is what the dialogue's patient answers.
    const patient = patientFor({ case: chosen, base, findings, persona, seed });
    const dialogue = task.start(chosen, seed);
    const label = labelCondition(chosen.label, names);
    const { age, sex } = chosen;
    const tokens = [...(await dialogue.open())];
    const mask = tokens.map(() => 0);
    const spans: Trajectory["spans"][number][] = [];
    let belief = core.open({ age, sex, findings: chosen.opening.map(patient.truth) }, `${seed}:${chosen.id}`);
    for (let asked = 0; ; asked++) {
      const act = core.decide(belief, { asked, budget });
      const turn = task.express(act.type === "conclude" && conclude === "label" && label ? named(act, label) : act);
      if (!turn) return undefined;
      spans.push({ start: tokens.length, length: turn.length, version: 0, temperature: 1 });
      tokens.push(...turn);
      mask.push(...turn.map(() => 1));
      const heard = await dialogue.hear(turn);
      if (heard.done) return { ...heard.outcome, tokens, mask, logprobs: tokens.map(() => 0), spans };
      tokens.push(...heard.tokens);
      mask.push(...heard.tokens.map(() => 0));
      if (act.type === "conclude" || act.type === "hand-off" || act.finding === undefined) return undefined;
      belief = core.observe(belief, patient.truth(act.finding));
    }
  };
}

const named = (act: Conclude, condition: string): Act => ({
  ...act,
  differential: { entries: [{ condition, probability: 1 }], other: 0 },
});
