import { describe, expect, test } from "vitest";
import { codedEpisodes, consultationEnvironment, type EnvironmentOptions } from "../../environments/index.ts";
import { caseSampler, loadKnowledgeBase, Persona, STARTER_DIRECTORY, sliceKnowledge } from "../../simulators/index.ts";

const base = sliceKnowledge(await loadKnowledgeBase(STARTER_DIRECTORY), {
  conditions: ["common-cold", "influenza", "pneumonia", "asthma"],
  findings: 12,
});
const sample = caseSampler(base);
const asks = base.findings.map(({ id }) => id);
const questionOf = (id: string): string => base.findings.find((finding) => finding.id === id)!.question;

describe("an episode in codes", () => {
  test("pays as the episode in words does, for the same questions and the same conclusion", async () => {
    const options: EnvironmentOptions = {
      budget: 5,
      persona: Persona.parse({ denial: 0.3 }),
      reward: { weights: { top1: 1, reciprocalRank: 0.5, questionCost: -0.01, repeatPenalty: -0.05, format: 0.1 } },
    };
    const coded = codedEpisodes(base, options);
    const words = consultationEnvironment(base, options);
    for (let i = 0; i < 30; i++) {
      const chosen = sample(2, i);
      const episode = coded(chosen, i);
      await words.reset(chosen, i);
      // One question twice: a repeat in both.
      for (const finding of [asks[i % 12]!, asks[(i + 5) % 12]!, asks[i % 12]!]) {
        episode.inquire(finding);
        await words.step(`<ask>${questionOf(finding)}</ask>`);
      }
      const ranked = [base.conditions[i % 4]!, base.conditions[(i + 1) % 4]!];
      const { reward } = episode.conclude(ranked.map(({ id }) => id));
      const said = await words.step(`<diagnosis>${ranked.map(({ name }) => name).join("\n")}</diagnosis>`);
      expect(reward.total).toBeCloseTo(said.reward, 12);
      expect(reward.components).toEqual(said.components);
    }
  });

  test("answers what the patient of this case and seed states, whatever was asked before", () => {
    const episodes = codedEpisodes(base, { budget: 12, persona: Persona.parse({ denial: 0.5 }) });
    const [one, other] = [episodes(sample(2, 1), 4), episodes(sample(2, 1), 4)];
    const forwards = asks.map((finding) => one.inquire(finding));
    const backwards = [...asks].reverse().map((finding) => other.inquire(finding));
    expect(backwards.reverse()).toEqual(forwards);
  });

  test("ends with the question that is one too many, and with the refusal that is", () => {
    const episodes = codedEpisodes(base, { budget: 1, formatFailures: 1 });
    const asking = episodes(sample(2, 2), 0);
    expect(asking.inquire(asks[0]!).type).toBe("answered");
    expect(asking.left).toBe(0);
    expect(asking.inquire(asks[1]!)).toMatchObject({ type: "finished", end: "budget", episode: { turns: 1 } });
    const mumbling = episodes(sample(2, 2), 0);
    expect(mumbling.refuse()).toEqual({ type: "refused" });
    expect(mumbling.refuse()).toMatchObject({ type: "finished", end: "parse-failure" });
  });

  test("refuses options out of bounds", () => {
    expect(() => codedEpisodes(base, { budget: -1 })).toThrow("budget");
  });
});
