/** Who the patient is as a talker: how many words, how reliable. Every parameter is off unless set; chance is seeded. */
import { z } from "zod";
import { CaseError } from "../errors.ts";

/** A probability in [0, 1], 0 by default. */
const chance = z.number().min(0).max(1).default(0);

export const Persona = z.strictObject({
  verbosity: z.enum(["terse", "plain", "verbose"]).default("plain"),
  /** Chance that a present symptom is told so vaguely ("sort of") that nothing is known: unknown. */
  vagueness: chance,
  /** Chance that an antecedent is not remembered, whether it was there or not: unknown. */
  forgetfulness: chance,
  /** Chance that a present finding is denied: absent. Never one the patient came with. */
  denial: chance,
  /** Chance that an absent binary symptom is affirmed: present. */
  overReporting: chance,
  /** low: uses the plainest words it has, and does not understand clinical terms in free questions. */
  healthLiteracy: z.enum(["low", "normal"]).default("normal"),
});
export type Persona = z.infer<typeof Persona>;

export const PERSONAS = {
  plain: {},
  terse: { verbosity: "terse" },
  verbose: { verbosity: "verbose" },
  vague: { vagueness: 0.3 },
  forgetful: { forgetfulness: 0.4 },
  stoic: { verbosity: "terse", denial: 0.2 },
  anxious: { verbosity: "verbose", overReporting: 0.1 },
  confused: { vagueness: 0.3, forgetfulness: 0.4 },
  "low-literacy": { healthLiteracy: "low", vagueness: 0.1 },
} as const satisfies Record<string, z.input<typeof Persona>>;

export type PersonaName = keyof typeof PERSONAS;

/** The persona called `name`. Throws `unknown-persona`. */
export function personaNamed(name: string): Persona {
  if (!Object.hasOwn(PERSONAS, name)) {
    throw new CaseError("unknown-persona", `no persona "${name}"; choose one of ${Object.keys(PERSONAS).join(", ")}`);
  }
  return Persona.parse(PERSONAS[name as PersonaName]);
}

/** True where answers can differ from the truth. */
export function isNoisy({ vagueness, forgetfulness, denial, overReporting }: Persona): boolean {
  return vagueness > 0 || forgetfulness > 0 || denial > 0 || overReporting > 0;
}
