import { AnamnesisError } from "../src/index.ts";

/** Raised for episodes: a step before the reset or after the end, rewards that do not exist. */
export class EpisodeError extends AnamnesisError {}
