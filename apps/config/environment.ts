/** Settings from environment variables. A secret may stand in a file instead, which the variable with `_FILE` names. */
import { readFile } from "node:fs/promises";
import { nearest } from "./nearest.ts";
import { PREFIX, SETTINGS, type Setting } from "./tree.ts";
import type { Fault, Given } from "./types.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that other verbs and tests read. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  ["CONFIG", "TOKEN", "PYTHON", "WORKER_TOKEN", "DATA"].map((name) => PREFIX + name),
);
const FILE = "_FILE";

/** An empty variable counts as not set. */
export async function readEnvironment(env: Environment): Promise<{ given: Given[]; faults: Fault[] }> {
  const given: Given[] = [];
  const faults = unknownVariables(env);
  for (const setting of SETTINGS) {
    const { name, variable, also } = setting;
    const [text, file] = [env[variable], setting.secret && env[variable + FILE]];
    try {
      if (text && file) throw new Error(`stands beside ${variable}; set one of them`);
      const used = file ? variable + FILE : text ? variable : also && env[also] ? also : undefined;
      if (used === undefined) continue;
      const value = file ? await secretIn(file) : parsedAs(setting, env[used]!);
      given.push({ name, value, source: { kind: "environment", variable: used } });
    } catch (error) {
      faults.push({ place: { field: file ? variable + FILE : variable }, message: (error as Error).message });
    }
  }
  return { given, faults };
}

async function secretIn(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${cause.code})`);
  });
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw new Error(`${file} is empty`);
  return value;
}

function parsedAs({ kind }: Setting, text: string): unknown {
  switch (kind) {
    case "number":
      if (text.trim() === "" || Number.isNaN(Number(text))) throw new Error("expected a number");
      return Number(text);
    case "switch":
      if (!/^(?:true|false)$/.test(text)) throw new Error("expected true or false");
      return text === "true";
    case "list":
      return text
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== "");
    case "text":
      return text;
    default:
      return kind satisfies never;
  }
}

function unknownVariables(env: Environment): Fault[] {
  const known = new Set(SETTINGS.flatMap(({ variable, secret }) => [variable, ...(secret ? [variable + FILE] : [])]));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !ELSEWHERE.has(name))
    .map((name) => ({ place: { field: name }, message: `is no setting${meant(nearest(name, known))}` }));
}

/** Advice, where something like it exists. */
export function meant(name: string | undefined): string {
  return name === undefined ? "; `anamnesis config` shows them all" : `; did you mean ${name}?`;
}
