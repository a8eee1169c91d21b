/** Brings file, environment and flags together, the later ones first, and checks the whole against the schema. */
import type { z } from "zod";
import { type Environment, meant, readEnvironment } from "./environment.ts";
import { isRecord, readSettingsFile, type SettingsFile } from "./file.ts";
import { nearest } from "./nearest.ts";
import { Settings } from "./settings.ts";
import { PREFIX, SETTINGS } from "./tree.ts";
import { type Fault, type Given, type LoadedSettings, type Source, settingsError } from "./types.ts";

export interface SettingsSources {
  /** Default: what `ANAMNESIS_CONFIG` names, else no file. */
  readonly file?: string | undefined;
  readonly env?: Environment;
  readonly flags?: readonly Given[];
}

const BY_NAME = new Map(SETTINGS.map((setting) => [setting.name, setting]));

/** Throws `bad-settings` that names every fault with its place. */
export async function loadSettings({ file, env = {}, flags = [] }: SettingsSources): Promise<LoadedSettings> {
  const named = file ?? (env[`${PREFIX}CONFIG`] || undefined);
  const read = named === undefined ? undefined : await readSettingsFile(named);
  const { given, faults } = await readEnvironment(env);
  const value = structuredClone(read?.value ?? {}) as Record<string, unknown>;
  const sources = new Map<string, Source>();
  for (const each of [...given, ...flags]) {
    if (put(value, each)) sources.set(each.name, each.source);
  }
  const sourceOf = (name: string): Source => {
    const path = BY_NAME.get(name)?.path ?? name.split(".");
    const isThere = read && valueAt(read.value, path) !== undefined;
    return nearestSource(path, sources) ?? (isThere ? fileSource(read, path) : { kind: "default" });
  };
  const parsed = Settings.safeParse(value);
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => explain(issue, sources, read)));
  const [first, ...others] = faults;
  if (first) throw settingsError([first, ...others]);
  return { settings: parsed.data!, sourceOf };
}

/** Whether it could be put there: where the file has no section, its fault stands. */
function put(into: Record<string, unknown>, { name, value }: Given): boolean {
  const path = name.split(".");
  let section = into;
  for (const key of path.slice(0, -1)) {
    section[key] ??= {};
    const next = section[key];
    if (!isRecord(next)) return false;
    section = next;
  }
  section[path.at(-1)!] = value;
  return true;
}

function explain(
  issue: z.core.$ZodIssue,
  sources: ReadonlyMap<string, Source>,
  read: SettingsFile | undefined,
): Fault[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const siblings = SETTINGS.map(({ path: each }) => each.slice(0, path.length + 1));
    const names = siblings.filter((each) => path.every((key, at) => each[at] === key)).map((each) => each.join("."));
    return issue.keys.map((key) => {
      const name = [...path, key].join(".");
      const found = nearest(name, names) ?? nearest(key, names) ?? nearest(name, BY_NAME.keys());
      return { place: placeOf([...path, key], sources, read), message: `is no setting${meant(found)}` };
    });
  }
  const setting = [...BY_NAME.values()].find(({ path: own }) => own.every((key, at) => path[at] === key));
  const isMissing = setting && issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  const message = isMissing
    ? `is missing; set it in the file, or ${setting.variable}${setting.secret ? ", or name a file in " : ""}${setting.secret ? `${setting.variable}_FILE` : ""}`
    : issue.message.replace(/^Invalid input: /, "");
  return [{ place: placeOf(path, sources, read), message }];
}

/** A value's variable or flag, else its place in the file. */
function placeOf(
  path: readonly PropertyKey[],
  sources: ReadonlyMap<string, Source>,
  read: SettingsFile | undefined,
): Fault["place"] {
  const source = nearestSource(path, sources);
  if (source?.kind === "environment") return { field: source.variable };
  if (source?.kind === "flag") return { field: source.flag };
  const field = path.map(String).join(".");
  return read ? { file: read.file, line: read.lineOf(path), field } : { field };
}

/** The source of the value itself, or of what holds it. */
function nearestSource(path: readonly PropertyKey[], sources: ReadonlyMap<string, Source>): Source | undefined {
  const names = path.map((_, at) => path.slice(0, path.length - at).join("."));
  return names.map((name) => sources.get(name)).find((each) => each !== undefined);
}

function fileSource({ file, lineOf }: SettingsFile, path: readonly string[]): Source {
  return { kind: "file", file, line: lineOf(path) };
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}
