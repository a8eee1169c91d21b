/** Diagnosticians: consultation in, act out. They know neither simulators nor labels. */
export { mostFrequentAgent, randomAgent } from "./baselines.ts";
export { BayesOptions, bayesAgent } from "./bayes/agent.ts";
export { differentialAgent } from "./differential/agent.ts";
export { AgentError } from "./errors.ts";
export { closedEvidence } from "./head/evidence.ts";
export { expectedF1Set } from "./head/membership.ts";
export { type TrainingOptions, trainHead } from "./head/training.ts";
export type { Evidence, Example, Head, HeadModel } from "./head/types.ts";
export { type HeadWeights, loadHead, parseHeadWeights } from "./head/weights.ts";
