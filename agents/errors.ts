import { AnamnesisError } from "../src/index.ts";

/** Raised where an agent cannot be made: unknown name, options that do not fit, a knowledge base without figures. */
export class AgentError extends AnamnesisError {}
