/**
 * Words to evidence, by the lexicon alone: the same text gives the same mentions, and leaves the process nowhere. What may
 * be an emergency is said beside the mentions.
 */
import { CONVERSATION_DISCLAIMER, embeddedUnderstander, saysCrisis } from "../../agents/index.ts";
import { appliesTo, type Finding, fold, type ObservedFinding, raisedRedFlags } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { faultOf, type Person, personOf } from "./evidence.ts";
import { crisisTold, flagsTold } from "./levels.ts";
import type { Reasoner } from "./reasoner.ts";
import type { Mention, ParseAnswer, ParseRequest } from "./types.ts";

export async function parse(reasoner: Reasoner, request: ParseRequest): Promise<ParseAnswer> {
  const { base, lexicon, safety, findings } = reasoner;
  const { text, asked } = request;
  if (asked !== undefined && !findings.has(asked))
    throw new ServerError("bad-message", "asked: no such finding; GET /v1/findings lists them");
  const person = personOf(request);
  const before = contextOf(reasoner, request, person);
  const { observed, corrections, intent } = await embeddedUnderstander(lexicon).understand(text, {
    asked,
    known: before,
    age: person.age,
  });
  const told = new Map([...observed, ...corrections].map((each) => [each.finding, each]));
  const mentions: Mention[] = [];
  const rejected: ParseAnswer["rejected"] = [];
  const known = new Map(before);
  for (const each of told.values()) {
    const finding = findings.get(each.finding)!;
    const reason = faultOf(finding, each, person)?.reason ?? contradiction(finding, told, findings);
    if (reason !== undefined) rejected.push({ id: finding.id, name: finding.name, reason });
    else {
      mentions.push(mentionOf(reasoner, each));
      known.set(each.finding, each);
    }
  }
  const isCrisis = intent === "crisis" || saysCrisis(text);
  return {
    mentions,
    obvious: intent === "answer" && rejected.length === 0 && isObvious(reasoner, text, mentions),
    intent: isCrisis ? "crisis" : intent,
    rejected,
    red_flags: flagsTold(raisedRedFlags(base.redFlags, { ...person, findings: [] }, known), safety),
    ...(isCrisis && { crisis: { text: crisisTold(safety) } }),
    disclaimer: CONVERSATION_DISCLAIMER,
  };
}

/** What is known to be present, with those values that are named. */
function contextOf({ findings }: Reasoner, { context }: ParseRequest, person: Person): Map<string, ObservedFinding> {
  const known = new Map<string, ObservedFinding>();
  context.forEach((each, place) => {
    const [id, value] = each.split("=") as [string, string | undefined];
    const finding = findings.get(id);
    if (!finding || (value !== undefined && !finding.values.some((one) => one.id === value)))
      throw new ServerError("bad-message", `context.${place}: no such finding or value; GET /v1/findings lists them`);
    if (!appliesTo(finding, person))
      throw new ServerError("bad-message", `context.${place}: ${id} does not apply to a person of this age and sex`);
    const values = [...(known.get(id)?.values ?? []), ...(value === undefined ? [] : [value])];
    known.set(id, { finding: id, state: "present", ...(values.length > 0 && { values }) });
  });
  return known;
}

/** A denial of what the same text gives a detail of: the detail counts. */
function contradiction(
  { id }: Finding,
  told: ReadonlyMap<string, ObservedFinding>,
  findings: Reasoner["findings"],
): string | undefined {
  if (told.get(id)?.state !== "absent") return undefined;
  const detail = [...told.values()].find(
    ({ finding, state }) => state === "present" && findings.get(finding)?.parent === id,
  );
  return detail && `${detail.finding}, a detail of ${id}, was told as present`;
}

function mentionOf({ findings }: Reasoner, { finding: id, state, values, number }: ObservedFinding): Mention {
  const { name, kind, unit } = findings.get(id)!;
  return {
    id,
    name,
    type: kind,
    choice_id: state,
    ...(values && { values: [...values] }),
    ...(number !== undefined && { number }),
    ...(number !== undefined && unit !== undefined && { unit }),
  };
}

/** Nothing unsure, nothing respelt, and no word of the findings' own wordings outside of what was understood. */
function isObvious({ lexicon }: Reasoner, text: string, mentions: readonly Mention[]): boolean {
  if (mentions.length === 0 || mentions.some(({ choice_id }) => choice_id === "unknown")) return false;
  let rest = fold(text);
  if (lexicon.correctSpelling(rest) !== rest) return false;
  for (const { from, to } of lexicon.statements(rest))
    rest = rest.slice(0, from) + " ".repeat(to - from) + rest.slice(to);
  return !(rest.match(/\p{L}+/gu) ?? []).some((word) => lexicon.knows(word));
}
