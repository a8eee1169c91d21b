/** How much truth the check of a model's sentences lets through, and how many lies: over sampled starter cases. */
import { expect, test } from "vitest";
import { scriptedPatient } from "../../../simulators/index.ts";
import { groundingOf } from "../../../simulators/patients/language-model/grounding.ts";
import { buildLexicon, type Finding, isTold, type ObservedFinding, pick, seededRandom } from "../../../src/index.ts";
import { starterCases } from "../../fixtures/sources.ts";

const LET_THROUGH = 0.88;
const CAUGHT = 0.985;

/** Sentences in which lay people say what is so: the wordings of the base, framed. */
function truths({ type, synonyms, values }: Finding, { state, values: given = [] }: ObservedFinding): string[] {
  if (type !== "binary") {
    const only = given.length === 1 ? values.find(({ id }) => id === given[0]) : undefined;
    return only?.synonyms.map((wording) => `I'd say ${wording}.`) ?? [];
  }
  return synonyms.map((wording) => (state === "present" ? `Yes, I've noticed ${wording}.` : `No, no ${wording}.`));
}

/** The base's own sentences for what is not so. */
function lies({ type, answers, values }: Finding, { state, values: given = [] }: ObservedFinding): string[] {
  if (type === "binary") return (state === "present" ? answers?.absent : answers?.present) ?? [];
  return values.flatMap(({ id, answer }) => (answer !== undefined && !given.includes(id) ? [answer] : []));
}

test("most true rewordings pass, and nearly no lie", async () => {
  const { base, cases } = await starterCases(25, 3);
  const lexicon = buildLexicon(base.findings);
  const told = base.findings.filter(({ kind }) => isTold(kind));
  const random = seededRandom("grounding");
  const tally = { truths: 0, passed: 0, lies: 0, caught: 0 };
  const missed: string[] = [];
  for (const chosen of cases) {
    const scripted = scriptedPatient({ case: chosen, base, lexicon, seed: 1 });
    const { truth } = scripted;
    const { text: complaint } = await scripted.open();
    const grounding = groundingOf({ case: chosen, base, lexicon, truth, complaint, facts: [] });
    const known = new Set(chosen.opening);
    const present = told.filter(({ id }) => truth(id).state === "present");
    for (const finding of [...present, ...Array.from({ length: 6 }, () => pick(random, told))]) {
      const has = truth(finding.id);
      if (has.state === "unknown") continue;
      const { text: answer } = await scripted.answer({ type: "ask", finding: finding.id });
      /** What is heard of `said`. */
      const heard = (said: string): string => {
        const { kept } = grounding.check(said, { asked: finding, scripted: answer, known, extra: 0 });
        return grounding.answers(finding, kept.join(" ")) ? kept.join(" ") : answer;
      };
      for (const said of truths(finding, has)) {
        tally.truths++;
        if (heard(said) === said) tally.passed++;
      }
      const other = pick(random, told);
      const ofOther = lies(other, truth(other.id)).map((lie) => [`${answer} ${lie}`, lie] as const);
      for (const [said, lie] of [...lies(finding, has).map((text) => [text, text] as const), ...ofOther]) {
        if (answer.includes(lie)) continue;
        tally.lies++;
        if (!heard(said).includes(lie)) tally.caught++;
        else missed.push(`asked of ${finding.id}: ${said}`);
      }
    }
  }
  const { passed, caught } = tally;
  console.log(`${passed} of ${tally.truths} true sentences passed, ${caught} of ${tally.lies} lies were caught`);
  if (process.env.SHOW_MISSED) console.log(missed);
  expect(passed / tally.truths).toBeGreaterThanOrEqual(LET_THROUGH);
  expect(caught / tally.lies).toBeGreaterThanOrEqual(CAUGHT);
});
