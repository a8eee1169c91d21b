import { AnamnesisError } from "../src/index.ts";

/** Raised for command lines and files that the commands cannot work with. */
export class CommandError extends AnamnesisError {}
