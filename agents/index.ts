/** Diagnosticians: consultation in, act out. They know neither simulators nor labels. */
export { mostFrequentAgent, randomAgent } from "./baselines.ts";
export { BayesOptions, bayesAgent } from "./bayes/agent.ts";
export { AgentError } from "./errors.ts";
