/** How things are called on the page. */

import type { Urgency } from "../../src/index.ts";
import type { Person, Understanding } from "../client/index.ts";

/** "yes", "over days", "39 °C". */
export function findingText({
  state,
  values,
  number,
  unit,
}: Pick<Understanding, "state" | "values" | "number" | "unit">): string {
  if (state === "unknown") return "not sure";
  if (number !== undefined) return unit === undefined ? String(number) : `${number} ${unit}`;
  if (state === "present" && values?.length) return values.join(", ");
  return state === "present" ? "yes" : "no";
}

/** "34 years, female"; empty where nothing was told. */
export function personText({ age, sex }: Person): string {
  const years = age === undefined ? [] : [age === 1 ? "1 year" : `${age} years`];
  return [...years, ...(sex ? [sex] : [])].join(", ");
}

export const URGENCY_TEXT: Readonly<Record<Urgency, string>> = {
  "emergency-ambulance": "Emergency: call now",
  emergency: "Emergency department now",
  "within-24-hours": "Within 24 hours",
  consultation: "In the next days",
  "self-care": "Look after yourself",
};

export const isEmergency = (urgency: Urgency | undefined): boolean => urgency?.startsWith("emergency") ?? false;

/** With a capital and a full stop, as a sentence of the page. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
