import { AnamnesisError } from "../src/index.ts";

/** Raised for cases, case sources and knowledge bases that cannot be read or do not fit together. */
export class CaseError extends AnamnesisError {}
