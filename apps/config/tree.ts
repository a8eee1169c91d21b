/** The settings one by one, read off the schema: name, environment variable, kind, default, and what may be shown. */
import { z } from "zod";
import { type Note, notes } from "./notes.ts";
import { Settings } from "./settings.ts";

/** How a text becomes a value. */
export type Kind = "text" | "number" | "switch" | "list";

export interface Setting extends Note {
  readonly path: readonly string[];
  /** The path with dots. */
  readonly name: string;
  readonly variable: string;
  readonly kind: Kind;
  /** Undefined where there is none. */
  readonly fallback: unknown;
}

export const PREFIX = "ANAMNESIS_";

/** `ANAMNESIS_CHANNELS_TELEGRAM_SECRET_TOKEN` of `channels.telegram.secretToken`. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join("_");
}

const SMELLS = /(?:token|secret|key|password|passphrase|credentials?|authorization)$/i;

/** A forgotten mark shows nothing: a name that smells of a secret makes one. */
const secrecyOf = (name: string, { secret }: Note): Note["secret"] =>
  secret ?? (SMELLS.test(name) ? "whole" : undefined);

function settingsOf(schema: z.ZodType, path: readonly string[]): Setting[] {
  let note: Note | undefined;
  let fallback: unknown;
  let inner: unknown = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable
  ) {
    note ??= notes.get(inner);
    if (inner instanceof z.ZodDefault) fallback ??= inner.def.defaultValue;
    inner = inner.def.innerType;
  }
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, each]) => settingsOf(each as z.ZodType, [...path, key]));
  }
  note ??= notes.get(inner as z.ZodType);
  const name = path.join(".");
  if (!note) throw new TypeError(`the setting ${name} says nothing of itself; declare it with setting()`);
  const { secret: _, ...rest } = note;
  const secret = secrecyOf(name, note);
  return [
    { ...rest, ...(secret && { secret }), path, name, variable: variableOf(path), kind: kindOf(inner), fallback },
  ];
}

function kindOf(schema: unknown): Kind {
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBoolean) return "switch";
  return schema instanceof z.ZodArray ? "list" : "text";
}

export const SETTINGS: readonly Setting[] = settingsOf(Settings, []);
