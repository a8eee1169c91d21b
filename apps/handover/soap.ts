/** A summary in four parts, and the one text as which it stands in a `reviewed` event. */
export interface SoapNote {
  readonly subjective: string;
  readonly objective: string;
  readonly assessment: string;
  readonly plan: string;
}

export const PARTS = ["subjective", "objective", "assessment", "plan"] as const;

const HEADING = /^ *(?:SUBJECTIVE|OBJECTIVE|ASSESSMENT|PLAN)$/;

/** Under a heading each. A line that looks like a heading is moved by a space, so that none is taken for one. */
export function summaryText(note: SoapNote): string {
  const quoted = (text: string): string =>
    text
      .split("\n")
      .map((line) => (HEADING.test(line) ? ` ${line}` : line))
      .join("\n");
  return PARTS.map((part) => `${part.toUpperCase()}\n${quoted(note[part])}`).join("\n\n");
}

/** The parts of what `summaryText` made; undefined where it is something else. */
export function summaryOf(text: string): SoapNote | undefined {
  const found = /^SUBJECTIVE\n(.*?)\n\nOBJECTIVE\n(.*?)\n\nASSESSMENT\n(.*?)\n\nPLAN\n(.*)$/s.exec(text);
  if (!found) return undefined;
  const [subjective, objective, assessment, plan] = found.slice(1).map((part) =>
    part!
      .split("\n")
      .map((line) => (HEADING.test(line) ? line.slice(1) : line))
      .join("\n"),
  );
  return { subjective: subjective!, objective: objective!, assessment: assessment!, plan: plan! };
}
