/**
 * Does the scripted patient understand the knowledge bases' own questions when they are put in other words? The
 * templates of `HELD_OUT` were written after the lexicon, for this test only, and nothing was changed for what they
 * show; the lexicon was developed on others, of which `DEVELOPMENT` keeps those that pointed to faults. Each question
 * and each name goes through every template that fits it; at least 95 % must reach the right finding, in each base.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/knowledge/authored.ts";
import { loadDdxplusKnowledge } from "../../../simulators/knowledge/ddxplus.ts";
import { scriptedPatient } from "../../../simulators/patients/scripted.ts";
import { isMeasured } from "../../../simulators/patients/truth.ts";
import { buildLexicon, type Finding, type KnowledgeBase } from "../../../src/index.ts";
import { variant } from "./small-base.ts";

const REQUIRED = 0.95;

const decapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const open = (question: string): string => decapitalised(question.replace(/\s*[?:.]\s*$/, ""));
const statement = (question: string): string =>
  open(question).replace(/^(do|have|are|did|were) you/, (_, verb: string) =>
    verb === "do" || verb === "did" ? "you" : `you ${verb}`,
  );

/** Ways to put a question, a symptom's or antecedent's name, an examination's name; undefined where one does not fit. */
interface Templates {
  readonly question: readonly ((question: string) => string | undefined)[];
  readonly name: readonly ((name: string) => string)[];
  readonly order: readonly ((name: string) => string)[];
}

const HELD_OUT: Templates = {
  question: [
    (q) => `Next I wanted to find out the following. ${q}`,
    (q) => `If I may be so direct, ${open(q)}?`,
    (q) => `${q} Just answer in your own words, there is no wrong answer.`,
    (q) => `Hmm, interesting... ${open(q)}, would you say?`,
    (q) => `The nurse wrote nothing down about this, hence I repeat it: ${open(q)}?`,
    (q) => (/^do you have/i.test(q) ? q.replace(/^do you have/i, "Did you by any chance get") : undefined),
    (q) => (/^do you/i.test(q) ? `${open(q).replace(/^do you/i, "You")}, don't you?` : undefined),
    (q) => (/^have you/i.test(q) ? `${open(q).replace(/^have you/i, "You have")}, haven't you?` : undefined),
    (q) => (/^are you/i.test(q) ? q.replace(/^are you/i, "Would it be fair to say that you are") : undefined),
    (q) => (/\byour\b/i.test(q) ? q.replace(/\byour\b/gi, "the") : undefined),
    (q) => q.replace(/\s*\([^)]*\)/g, "").replace(/^(\w)/, "Listen, dear: $1"),
    (q) =>
      open(q)
        .split(" ")
        .filter((word) => !/^(do|does|did|you|have|are|is|a|an|the|of|to|your|any|been|had|it)$/.test(word))
        .join(" "),
    (q) => `${q.toUpperCase()}!!!`,
    (q) => {
      const [first, ...rest] = open(q).split(" and ");
      return rest.length > 0 ? `${rest.join(" and ")}, and ${first}?` : undefined;
    },
    (q) => `My apologies for all these questions, madam; a colleague in the clinic wants to hear: ${open(q)}?`,
  ],
  name: [
    (name) => `Did you come across ${name} in the last few days?`,
    (name) => `Now then, ${name}: yes or no?`,
    (name) => `I'd be grateful if you could comment on ${name}.`,
    (name) => `Have there been episodes of ${name} for you?`,
  ],
  order: [
    (name) => `Kindly arrange this for me: ${name}.`,
    (name) => `We should look at ${name} next.`,
    (name) => `${name}, at once please!`,
  ],
};

const DEVELOPMENT: Templates = {
  question: [
    (q) => `Could you tell me whether ${statement(q)}?`,
    (q) => `Doctor asking: ${q}`,
    (q) => `Good morning! Sorry for the wait, it is busy today. ${q} No rush at all.`,
    (q) => `${open(q)}, please, if it isn't too private a question?`,
    (q) => `And how about this one - ${open(q)} - yes or no?`,
    (q) => q.replace(/\b(a|an|the|any)\s+/gi, ""),
    (q) => (/^do you have/i.test(q) ? q.replace(/^do you have/i, "Have you got") : undefined),
    (q) =>
      /^do you \w+/i.test(q)
        ? q.replace(/^do you have/i, "Are you having").replace(/^do you/i, "Would you say you")
        : undefined,
    (q) => (/^have you/i.test(q) ? q.replace(/^have you( ever)?/i, "Was there a time when you have") : undefined),
    (q) => {
      const [first, ...rest] = open(q).split(/,\s*/);
      return rest.length > 0 ? `${rest.join(", ")}: ${first}?` : undefined;
    },
    (q) => {
      const [first, ...rest] = open(q).split(" or ");
      return rest.length > 0 ? `${rest.join(" or ")} or ${first}?` : undefined;
    },
    (q) => `I need to understand one more matter for my notes. ${statement(q)}, correct?`,
    (q) => `${open(q).replace(/[,()/]/g, " ")}??`,
    (q) => `Lots of my patients mention it, so let me check with you too: ${q}`,
  ],
  name: [
    (name) => `Have you noticed any ${name} lately?`,
    (name) => `${name}, is that something you have?`,
    (name) => `Tell me about ${name}, if there is anything to tell.`,
    (name) => `What about ${name}?`,
    (name) => `Would ${name} be an issue for you these days?`,
  ],
  order: [
    (name) => `Let's get the ${name} please.`,
    (name) => `Could the nurse find out ${name}?`,
    (name) => `What is the result of ${name}?`,
  ],
};

interface Outcome {
  readonly asked: number;
  readonly understood: number;
  readonly missed: readonly string[];
}

/** Asks a fresh patient each rewording of each finding. */
async function understanding(base: KnowledgeBase, templates: Templates): Promise<Outcome> {
  const lexicon = buildLexicon(base.findings);
  const nobody = variant({ opening: [], findings: [], label: { name: "nothing at all", synonyms: [] } });
  let asked = 0;
  const missed: string[] = [];
  for (const finding of base.findings) {
    const type = isMeasured(finding.kind) ? "examine" : "ask";
    for (const text of rewordings(finding, templates)) {
      asked++;
      const reply = await scriptedPatient({ case: nobody, base, lexicon, seed: 0 }).answer({ type, text });
      if (reply.observed[0]?.finding !== finding.id)
        missed.push(`${finding.id} <- ${text} -> ${reply.observed[0]?.finding}`);
    }
  }
  return { asked, understood: asked - missed.length, missed };
}

function rewordings(finding: Finding, { question, name, order }: Templates): string[] {
  const questions = question.flatMap((template) => template(finding.question) ?? []);
  return [...questions, ...(isMeasured(finding.kind) ? order : name).map((template) => template(finding.name))];
}

function report(name: string, { asked, understood, missed }: Outcome): void {
  const rate = ((100 * understood) / asked).toFixed(2);
  console.log(`${name}: ${understood} of ${asked} reworded questions understood (${rate} %)`);
  if (process.env.SHOW_MISSED) console.log(missed.join("\n"));
}

const SETS: [string, Templates][] = [
  ["held-out", HELD_OUT],
  ["development", DEVELOPMENT],
];

describe("questions in other words", () => {
  it("are put by at least 12 held-out templates, of which none leaves a question as it is", () => {
    expect(HELD_OUT.question.length).toBeGreaterThanOrEqual(12);
    const plain = "Have you had your fever and chills?";
    for (const template of HELD_OUT.question) expect(template(plain)).not.toBe(plain);
  });

  it.each(SETS)("are understood over the whole starter base: %s templates", async (set, templates) => {
    const outcome = await understanding(await loadKnowledgeBase(STARTER_DIRECTORY), templates);
    report(`starter, ${set} templates`, outcome);
    expect(outcome.understood / outcome.asked).toBeGreaterThanOrEqual(REQUIRED);
  });

  const ddxplus = join(process.env.ANAMNESIS_DATA ?? "../shared/data", "ddxplus");
  describe.skipIf(!existsSync(ddxplus))("of DDXPlus", () => {
    it.each(SETS)("are understood over all 223 findings: %s templates", async (set, templates) => {
      const { base } = await loadDdxplusKnowledge(ddxplus);
      expect(base.findings).toHaveLength(223);
      const outcome = await understanding(base, templates);
      report(`DDXPlus, ${set} templates`, outcome);
      expect(outcome.understood / outcome.asked).toBeGreaterThanOrEqual(REQUIRED);
    });
  });
});
