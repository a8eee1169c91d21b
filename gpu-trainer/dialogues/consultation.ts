/** The multi-turn consultation in symbols: the policy asks one finding a turn and names one condition at the end. */
import {
  type CodedEpisode,
  type CodedStep,
  codedEpisodes,
  type EnvironmentOptions,
  type Episode,
  type Finish,
} from "../../environments/index.ts";
import type { KnowledgeBase } from "../../src/index.ts";
import type { Symbols } from "./symbols.ts";
import type { Dialogue, Heard, Outcome, Task } from "./types.ts";

/** Tokens of an opening or an answer at most, as far as the length of a dialogue is concerned. */
const OPENING = 12;
const TURN = 6;

export function symbolicConsultation(base: KnowledgeBase, symbols: Symbols, options: EnvironmentOptions = {}): Task {
  const episode = codedEpisodes(base, options);
  const budget = options.budget ?? 20;
  const failures = options.formatFailures ?? 2;
  return {
    name: "consultation",
    turn: { maxTokens: 1 },
    maxTokens: OPENING + TURN * (budget + failures + 1),
    start: (chosen, seed) => symbolicDialogue(episode(chosen, seed), symbols),
    express(act) {
      if (act.type === "conclude") {
        const [first] = act.differential.entries;
        return first && [symbols.diagnosis(first.condition)];
      }
      return act.type === "hand-off" || act.finding === undefined ? undefined : [symbols.ask(act.finding)];
    },
    transcribe: symbols.transcript,
  };
}

function symbolicDialogue(episode: CodedEpisode, symbols: Symbols): Dialogue {
  /** When nothing is left to ask, the policy is told. */
  const followed = (tokens: readonly number[]): Heard => ({
    done: false,
    tokens: episode.left > 0 ? tokens : [...tokens, symbols.mark("conclude")],
  });
  const heard = (step: CodedStep): Heard => {
    if (step.type === "finished") return { done: true, outcome: outcomeOf(step) };
    if (step.type === "refused") return followed([symbols.mark("refused")]);
    return followed(symbols.answer(step.observed));
  };
  return {
    open() {
      const opening = symbols.intake(episode.intake);
      return episode.left > 0 ? opening : [...opening, symbols.mark("conclude")];
    },
    hear([token]) {
      const act = symbols.meaning(token!);
      if (act?.type === "ask") return heard(episode.inquire(act.finding));
      if (act?.type === "diagnosis") return heard(episode.conclude([act.condition]));
      return heard(episode.refuse());
    },
    cut: (stop) => ({ ...outcomeOf(episode.abandon()), stop }),
  };
}

/** How an episode ended, in a trainer's terms. */
export function outcomeOf({ end, episode, reward }: Finish): Outcome {
  return {
    stop: end,
    reward: reward.total,
    components: reward.components,
    correct: leads(episode),
    questions: episode.turns,
    repeats: episode.repeats,
    ranked: episode.conclusion?.differential.entries.map(({ condition }) => condition) ?? [],
    labels: [episode.label],
  };
}

const leads = ({ conclusion, label }: Episode): boolean => conclusion?.differential.entries[0]?.condition === label;
