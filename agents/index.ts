/** Diagnosticians: consultation in, act out. They know neither simulators nor labels. */
export { BayesOptions, bayesAgent } from "./bayes/agent.ts";
export { AgentError } from "./errors.ts";
