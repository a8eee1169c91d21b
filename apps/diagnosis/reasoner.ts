/** What the stateless answers are worked out from: a knowledge base, an agent's core, a lexicon; and where the evidence leads. */
import type { ConversationParts, SafetyOptions } from "../../agents/index.ts";
import {
  type Act,
  type AgentCore,
  believed,
  buildLikelihoodModel,
  type Conclude,
  type Finding,
  flagOfConclusion,
  type KnowledgeBase,
  type Lexicon,
  type LikelihoodModel,
  type RedFlagRule,
  raisedRedFlags,
} from "../../src/index.ts";
import { type Presented, presentedOf } from "./evidence.ts";
import { type Information, informationUnder } from "./mixes.ts";
import type { DiagnosisRequest } from "./types.ts";

export interface Reasoner {
  readonly base: KnowledgeBase;
  readonly core: AgentCore;
  readonly lexicon: Lexicon;
  /** The most questions. */
  readonly budget: number;
  readonly safety: SafetyOptions;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly model: LikelihoodModel;
  readonly information: Information;
}

export type ReasonerParts = Pick<ConversationParts, "base" | "core" | "lexicon" | "budget" | "safety">;

export function reasonerOf({ base, core, lexicon, budget, safety = {} }: ReasonerParts): Reasoner {
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const model = buildLikelihoodModel(base);
  return { base, core, lexicon, budget, safety, findings, model, information: informationUnder(model) };
}

/** Where the evidence leads. */
export interface Outlook extends Presented {
  /** The finding to ask about next; undefined where the interview is over. */
  readonly next: Finding | undefined;
  /** What the agent would conclude now. */
  readonly conclusion: Conclude;
  /** Rules that hold. */
  readonly flags: readonly RedFlagRule[];
  /** Those, and where the interview is over what its conclusion raises by itself. */
  readonly raised: readonly RedFlagRule[];
}

/** Chance, for an agent that has any, is the same in every request. */
const SEED = "stateless";

const NOTHING: Conclude = { type: "conclude", differential: { entries: [], other: 1 }, abstained: true };

/** The core's own next act, and its conclusion. Throws `bad-message` on evidence that cannot be. */
export function outlookOf({ base, core, budget, findings }: Reasoner, request: DiagnosisRequest): Outlook {
  const presented = presentedOf(request, findings);
  const { intake, told, known } = presented;
  const flags = raisedRedFlags(base.redFlags, intake, known);
  const stopped = flags.length > 0 && request.extras?.on_red_flag !== "record";
  const asked = told.length;
  const left = stopped ? 0 : Math.max(0, budget - asked);
  const belief = believed(core, { id: SEED, intake }, told);
  const act = core.decide(belief, { asked, budget: asked + left });
  const next = left > 0 ? inquiredOf(act, findings) : undefined;
  // What was answered is not asked again, whatever an agent makes of it.
  const isNews = next !== undefined && !known.has(next.id);
  const closing = act.type === "ask" || act.type === "examine" ? core.decide(belief, { asked, budget: asked }) : act;
  const conclusion = closing.type === "conclude" ? closing : NOTHING;
  const own = isNews ? undefined : flagOfConclusion(conclusion.urgency, flags);
  const raised = own ? [...flags, own] : flags;
  return { ...presented, next: isNews ? next : undefined, conclusion, flags, raised };
}

function inquiredOf(act: Act, findings: ReadonlyMap<string, Finding>): Finding | undefined {
  return act.type === "ask" || act.type === "examine" ? findings.get(act.finding ?? "") : undefined;
}
