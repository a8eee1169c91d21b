/**
 * Golden transcripts: two whole consultations, one event a line. A change of content, wording or agent shows here as a
 * difference to read; where it is meant, `npx vitest run test/environments/golden.test.ts --update` writes them anew.
 */
import { expect, test } from "vitest";
import { bayesAgent } from "../../agents/index.ts";
import { consult } from "../../environments/index.ts";
import { patientFor } from "../../simulators/index.ts";
import { type AgentCore, buildLexicon, steppingClock } from "../../src/index.ts";
import { starterCases } from "../fixtures/sources.ts";

for (const [index, seed] of [
  [0, 1],
  [1, 1],
] as const) {
  test(`starter consultation ${seed}:${index}, byte for byte`, async () => {
    const { base, cases } = await starterCases(2, seed);
    const chosen = cases[index]!;
    const lexicon = buildLexicon(base.findings);
    const patient = patientFor({ case: chosen, base, lexicon, seed });
    const person = { age: chosen.age, sex: chosen.sex };
    const core = bayesAgent(base, { examine: true }) as AgentCore;
    const clock = steppingClock();
    const events = await consult(core, patient, { id: chosen.id, clock, base, lexicon, budget: 12, person });
    // Conclusions are cut to the entries above one in a thousand, to what a machine computes alike anywhere.
    const lines = events.map((event) => JSON.stringify(event.type === "concluded" ? shortened(event) : event));
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/starter-${seed}-${index}.jsonl`);
  });
}

type Concluded = Extract<Awaited<ReturnType<typeof consult>>[number], { type: "concluded" }>;

function shortened({ conclusion, ...event }: Concluded): unknown {
  const rounded = (probability: number): number => Math.round(probability * 1e4) / 1e4;
  const { entries, other } = conclusion.differential;
  const listed = entries
    .filter(({ probability }) => probability > 1e-3)
    .map(({ condition, probability }) => ({ condition, probability: rounded(probability) }));
  return { ...event, conclusion: { ...conclusion, differential: { entries: listed, other: rounded(other) } } };
}
