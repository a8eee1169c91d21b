/** What a zod schema found wrong, one plain sentence a field: unions are resolved to the branch that was meant. */
import type { z } from "zod";

export interface SchemaFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** The faults of `input`, which `error` refused. */
export function schemaFaults(error: z.ZodError, input: unknown): SchemaFault[] {
  return error.issues.flatMap((issue) => explain(issue, [], input));
}

/** `findings.fever is missing`, for the first of several faults. */
export function firstSchemaFault(error: z.ZodError, input: unknown): SchemaFault {
  return schemaFaults(error, input)[0] ?? { path: [], message: "does not fit the format" };
}

function explain(issue: Issue, before: SchemaFault["path"], input: unknown): SchemaFault[] {
  const path = [...before, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  const value = valueAt(input, path);
  if (value === undefined && issue.code !== "unrecognized_keys" && issue.code !== "custom") {
    return [{ path, message: "is missing" }];
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const bare = valueAt(input, [...path, key]) === null;
        const message = `is not a field of the format${bare ? " (quote a text that holds a comma)" : ""}`;
        return { path: [...path, key], message };
      });
    case "invalid_union":
      return explainUnion(issue.errors, path, input);
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    case "invalid_value":
      return [{ path, message: `${shown(value)} is not one of ${issue.values.map(String).join(", ")}` }];
    case "too_big":
    case "too_small":
      return [{ path, message: typeof value === "number" ? `${value} is ${bound(issue)}` : issue.message }];
    default:
      return [{ path, message: issue.message.replace(/^Invalid input: /, "") }];
  }
}

/** The branch that went deepest is the one that was meant; else the one that accepts this type of value. */
function explainUnion(branches: Issue[][], path: SchemaFault["path"], input: unknown): SchemaFault[] {
  const leaves = branches.flat().flatMap((issue) => explain(issue, path, input));
  const deeper = leaves.filter((leaf) => leaf.path.length > path.length);
  if (deeper.length > 0) return deeper;
  const value = valueAt(input, path);
  if (typeof value === "number" && !Number.isFinite(value))
    return [{ path, message: `${value} is not a finite number` }];
  const ofType = leaves.find(({ message }) => {
    const isChoice = message.includes(" is not one of ");
    return typeof value === "string" ? isChoice : typeof value === "number" && !isChoice && !isTypeFault(message);
  });
  return [ofType ?? { path, message: [...new Set(leaves.map(({ message }) => message))].join(", or ") }];
}

const isTypeFault = (message: string): boolean => message.startsWith("expected ");

const bound = (issue: Extract<Issue, { code: "too_big" | "too_small" }>): string => {
  const inclusive = issue.inclusive ? "" : " or equal to";
  return issue.code === "too_big" ? `above${inclusive} ${issue.maximum}` : `below${inclusive} ${issue.minimum}`;
};

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function valueAt(input: unknown, path: SchemaFault["path"]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
