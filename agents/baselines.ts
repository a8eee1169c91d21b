/** The bars that any agent must clear: questions at random with a Bayesian conclusion, and no question at all. */
import {
  type AgentCore,
  appliesTo,
  buildLikelihoodModel,
  inquiryAbout,
  isTold,
  type KnowledgeBase,
  seededRandom,
  shuffled,
} from "../src/index.ts";
import { bayesSettings, concluder, indexOfHighest, requireFigures } from "./bayes/agent.ts";
import { type Belief, beliefUpdater, PRESENT, UNKNOWN } from "./bayes/belief.ts";

/** Asks what it has not asked, in a random order, until the budget is spent; then concludes as the Bayesian agent does. */
export function randomAgent(base: KnowledgeBase): AgentCore<Belief & { order?: readonly number[] }> {
  requireFigures(base);
  const model = buildLikelihoodModel(base);
  const settings = bayesSettings({});
  const { open, observe } = beliefUpdater(model, settings.otherPrior);
  const conclude = concluder(model, settings);
  const askable = model.findings.filter(({ finding }) => isTold(finding.kind)).map(({ index }) => index);
  return {
    name: "random",
    versions: { agent: "random/1", knowledge: `${base.id}/${base.version}` },
    open: (intake, seed) => ({ ...open(intake, seed), order: shuffled(seededRandom("questions", seed), askable) }),
    leading: ({ posterior }) => model.conditions[indexOfHighest(posterior)],
    observe: (belief, observed) => ({ order: belief.order, ...observe(belief, observed) }),
    decide(belief, { asked, budget }) {
      if (asked >= budget) return conclude(belief, "budget");
      const next = belief.order!.find((f) => {
        const { parent, finding } = model.findings[f]!;
        if (!appliesTo(finding, belief.intake)) return false;
        return belief.status[f] === UNKNOWN && (parent < 0 || belief.status[parent] === PRESENT);
      });
      if (next === undefined) return conclude(belief, "exhausted");
      const { id, kind } = model.findings[next]!.finding;
      return inquiryAbout(id, kind);
    },
  };
}

/** Asks nothing and names the commonest conditions for age and sex. */
export function mostFrequentAgent(base: KnowledgeBase): AgentCore<Belief> {
  const model = buildLikelihoodModel(base);
  const settings = bayesSettings({});
  const { open } = beliefUpdater(model, settings.otherPrior);
  const conclude = concluder(model, settings);
  return {
    name: "most-frequent",
    versions: { agent: "most-frequent/1", knowledge: `${base.id}/${base.version}` },
    open: (intake, seed) => open({ ...intake, findings: [] }, seed),
    observe: (belief) => belief,
    decide: (belief) => conclude(belief, "budget"),
  };
}
