/** What a setting says of itself beside its type: one sentence for people, and what must never be shown of it. */
import { z } from "zod";

export interface Note {
  /** One phrase, as the table of settings shows it. */
  readonly about: string;
  /** `whole`: no part is ever shown. `address`: a URL whose user, password and query are not. */
  readonly secret?: "whole" | "address";
  /** Another program's environment variable that is taken where ours is not set. */
  readonly also?: string;
}

export const notes = z.registry<Note>();

export function setting<Schema extends z.ZodType>(about: string, schema: Schema): Schema {
  notes.add(schema, { about });
  return schema;
}

export function secret<Schema extends z.ZodType>(about: string, schema: Schema, also?: string): Schema {
  notes.add(schema, { about, secret: "whole", ...(also !== undefined && { also }) });
  return schema;
}

/** A URL may hold a password. */
export function address<Schema extends z.ZodType>(about: string, schema: Schema, also?: string): Schema {
  notes.add(schema, { about, secret: "address", ...(also !== undefined && { also }) });
  return schema;
}
