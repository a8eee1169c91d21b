/**
 * What the loading of settings speaks of. A *source* is where a value came from; a later one wins: default, file,
 * environment, flag. A *fault* names what is wrong with one value, and its source, never the value itself.
 */
import { formatPlace, type Place } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import type { Settings } from "./settings.ts";

export type Source =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly file: string; readonly line: number }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "flag"; readonly flag: string };

/** A value for the setting of that name. */
export interface Given {
  readonly name: string;
  readonly value: unknown;
  readonly source: Source;
}

export interface Fault {
  readonly place: Place;
  readonly message: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** By the setting's name. */
  sourceOf(name: string): Source;
}

/** All faults in one message, the first with its place as every error has it. */
export function settingsError([first, ...others]: readonly [Fault, ...Fault[]]): CommandError {
  const rest = others.map(({ place, message }) => `\n${formatPlace(place)}: ${message}`);
  return new CommandError("bad-settings", first.message + rest.join(""), { place: first.place });
}
