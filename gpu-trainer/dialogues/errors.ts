import { AnamnesisError } from "../../src/index.ts";

/**
 * Raised where a task does not fit what it is given: `bad-language` (a tokenizer made for another knowledge base),
 * `too-long` (a dialogue that does not fit the model's context), `bad-options`.
 */
export class TaskError extends AnamnesisError {}
