import { AnamnesisError } from "../../src/index.ts";

/** Raised by exports: `bad-key`, `key-inside`, `other-key`, `bad-export`, `export-busy`. */
export class RecordError extends AnamnesisError {}
