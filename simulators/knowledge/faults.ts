/** A fault of a knowledge base: what is wrong, and where. Checks name the path; whoever read the file adds the place. */
import { formatPlace, type Place } from "../../src/index.ts";

/** Keys from the root of a `KnowledgeBase`: `["conditions", 3, "findings", "fever"]`. */
export type FaultPath = readonly (string | number)[];

export interface KnowledgeFault {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly path: FaultPath;
  readonly message: string;
  /** The id that a reference points to in vain. */
  readonly refersTo?: string;
  readonly place?: Place;
}

/** Collects faults; each call adds one. */
export interface FaultList {
  readonly faults: KnowledgeFault[];
  error(code: string, path: FaultPath, message: string, refersTo?: string): void;
  warning(code: string, path: FaultPath, message: string): void;
}

export function faultList(): FaultList {
  const faults: KnowledgeFault[] = [];
  return {
    faults,
    error: (code, path, message, refersTo) =>
      void faults.push({ severity: "error", code, path, message, ...(refersTo !== undefined && { refersTo }) }),
    warning: (code, path, message) => void faults.push({ severity: "warning", code, path, message }),
  };
}

/** `file:line: field: message`; warnings say so. */
export function formatFault({ severity, path, message, place }: KnowledgeFault): string {
  const where = formatPlace(place ?? { field: fieldOf(path) });
  return [where, severity === "warning" ? `warning: ${message}` : message].filter(Boolean).join(": ");
}

/** `conditions[3].findings.fever`. */
export function fieldOf(path: FaultPath): string {
  return path.reduce<string>((field, key) => {
    if (typeof key === "number") return `${field}[${key}]`;
    return field === "" ? key : `${field}.${key}`;
  }, "");
}
