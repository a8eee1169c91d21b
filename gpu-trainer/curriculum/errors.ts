import { AnamnesisError } from "../../src/index.ts";

/**
 * Raised where no question can be made: `bad-options`, `no-probabilities` (a knowledge base that says nothing of its
 * findings), `unknown-label` (a case whose label is no condition of the set), `too-few-conditions`; and `bad-state`
 * where a checkpoint is of something else.
 */
export class CurriculumError extends AnamnesisError {}
