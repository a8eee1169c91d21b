/** FHIR's primitives: ids that are the same at every export, instants, and text that a FHIR string may hold. */
import { createHash } from "node:crypto";
import type { Reference } from "./types.ts";

/** The namespace of the ids: drawn once for this project. */
const NAMESPACE = Buffer.from("6f1c6d0e0f7b4f0a9c2de7d1a45b8c33", "hex");

/** A UUID of version 5 (RFC 9562): the same for the same name, and telling nothing of it. */
export function uuidOf(name: string): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(name, "utf8").digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function urnOf(id: string): string {
  return `urn:uuid:${id}`;
}

export function referenceTo({ id }: { readonly id: string }): Reference {
  return { reference: urnOf(id) };
}

/** An event's time as an `instant`: with seconds and zone, whatever the clock left out. */
export function instantOf(time: string): string {
  return new Date(time).toISOString();
}

/** Characters that JSON and XML cannot both carry; FHIR's strings hold none of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_CARRIED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;

/** White space that a FHIR string may not hold: all but space, tab and line ends. */
const OTHER_SPACE = /[^\S \t\r\n]/g;

/** `text` as a FHIR string; undefined where nothing is left, since FHIR has no empty string. */
export function textOf(text: string | undefined): string | undefined {
  const carried = text?.toWellFormed().replace(NOT_CARRIED, "\ufffd").replace(OTHER_SPACE, " ");
  return carried === undefined || carried.trim() === "" ? undefined : carried;
}

/** A member `name` with the text, or none. */
export function withText<Name extends string>(name: Name, text: string | undefined): { readonly [N in Name]?: string } {
  const carried = textOf(text);
  return (carried === undefined ? {} : { [name]: carried }) as { readonly [N in Name]?: string };
}
