/**
 * The agent whose goal is the differential: it asks as the Bayesian agent does until the diagnosis is clear, spends the
 * rest of its budget on what the list of conditions hangs on, and concludes with the Bayesian leader first and the
 * list of the differential head behind it. Without a head it spends its budget by expected information alone and lists
 * what its posterior leaves possible. Its option `minGain` says when the diagnosis is clear; it does not end the interview.
 */
import { type AgentCore, buildLikelihoodModel, inquiryAbout, type KnowledgeBase } from "../../src/index.ts";
import { type BayesOptions, bayesSettings, concluder, questionChooser, requireFigures } from "../bayes/agent.ts";
import { type Belief, beliefUpdater } from "../bayes/belief.ts";
import type { Head, HeadModel } from "../head/types.ts";
import { jointDifferential, leaderOf } from "./conclusion.ts";
import { imputer } from "./imputation.ts";
import { listQuestionChooser } from "./questions.ts";

/** A question that is expected to tell less than this, in nats, is not worth asking even with budget left. */
const LEAST_GAIN = 1e-7;

/** Gives the core for a patient; one that the head was trained on, told by its fingerprint, is scored by a model that never saw it. */
export function differentialAgent(
  base: KnowledgeBase,
  head?: Head,
  options: BayesOptions = {},
): (fingerprint?: string) => AgentCore<Belief> {
  const settings = bayesSettings(options);
  requireFigures(base);
  const model = buildLikelihoodModel(base);
  const updater = beliefUpdater(model, settings.otherPrior);
  const choose = questionChooser(model, settings);
  const impute = imputer(model);
  const summarise = concluder(model, settings);

  const coreWith = (lister?: HeadModel): AgentCore<Belief> => {
    const chooseForList = listQuestionChooser(
      model,
      lister?.importance ?? new Float64Array(model.findings.length),
      settings.examine,
    );
    const conclude: typeof summarise = (belief, reason) => {
      const act = summarise(belief, reason);
      if (!lister || act.type !== "conclude") return act;
      const { posterior, other } = belief;
      const membership = lister.membership(impute(belief));
      return {
        ...act,
        differential: jointDifferential(model.conditions, posterior, other, membership),
        confidence: certainty(belief),
      };
    };
    return {
      name: "differential",
      versions: {
        agent: "differential/1",
        knowledge: `${base.id}/${base.version}`,
        options: JSON.stringify(settings),
        ...(head && { head: head.version }),
      },
      ...updater,
      leading: ({ posterior }) => model.conditions[leaderOf(posterior)],
      decide(belief, { asked, budget }) {
        if (asked >= budget) return conclude(belief, "budget");
        // Rounding can make the leader certain; 1 means never.
        if (settings.confidence < 1 && certainty(belief) >= settings.confidence) return conclude(belief, "confidence");
        const best = choose(belief);
        if (best.finding < 0) return conclude(belief, "exhausted");
        const forList = best.gain > settings.minGain || !lister ? -1 : chooseForList(belief);
        if (forList < 0 && best.gain < LEAST_GAIN) return conclude(belief, "gain");
        const { id, kind } = model.findings[forList < 0 ? best.finding : forList]!.finding;
        return inquiryAbout(id, kind);
      },
    };
  };

  if (!head) {
    const core = coreWith();
    return () => core;
  }
  const folds = head.folds.map((fold) => coreWith(fold));
  const unseen = coreWith(head.all);
  return (fingerprint) => {
    const fold = fingerprint === undefined ? undefined : head.foldOf(fingerprint);
    return fold === undefined ? unseen : folds[fold]!;
  };
}

/** P(the leader is what the patient has). */
function certainty({ posterior, other }: Belief): number {
  return posterior[leaderOf(posterior)]! * (1 - other);
}
