/**
 * A policy that writes the text protocol, in a consultation. What was said is put in tokens once; then the tokens of each
 * turn are kept as they were sampled, and only grow.
 */
import {
  ABSTENTION,
  concludeRanking,
  conditionNames,
  introduction,
  notUnderstood,
  openLabel,
} from "../../environments/index.ts";
import { type Conclude, parseMove, parseMoveLeniently, seededRandom, urgenciesOf } from "../../src/index.ts";
import { type TextLanguage, told } from "../dialogues/text.ts";
import type { Policy } from "./open.ts";
import { remembered } from "./remembered.ts";
import type { Situation } from "./situation.ts";
import type { Player, PlayOptions, Waste } from "./types.ts";

interface Dialogue {
  /** Up to the policy's last turn, which is `turn`. */
  readonly tokens: readonly number[];
  readonly turn: readonly number[];
  /** Exchanges before that turn. */
  readonly exchanges: number;
  /** Texts so far that were no move. */
  readonly failures: number;
}

export function textPlayer(policy: Policy, text: TextLanguage, options: PlayOptions): Player {
  const { base, sampler, contextLength, task } = policy;
  const { temperature = 0, seed = 0, parsing = "strict", onWaste = () => {} } = options;
  const kept = remembered<Dialogue>();
  const names = conditionNames(base);
  const urgencies = urgenciesOf(base);
  const longest = Math.min(contextLength, task.maxTokens);
  const parse = parsing === "strict" ? parseMove : parseMoveLeniently;

  const sample = async ({ consultation }: Situation, tokens: readonly number[], signal: AbortSignal | undefined) => {
    const request = {
      prompt: tokens,
      maxTokens: Math.min(task.turnTokens, longest - tokens.length),
      temperature,
      seed: seededRandom(seed, consultation, "policy").bits() * 2 ** 20 + tokens.length,
      dialogue: consultation,
      stop: [text.end],
    };
    const [output] = await sampler.sample([request], signal);
    return output!.sequences[0]!.tokens;
  };

  return {
    async act(situation, signal) {
      const { consultation, exchanges, left } = situation;
      const waste = (kind: Waste): void => onWaste(consultation, kind);
      const end = (act: Conclude): Conclude => {
        kept.drop(consultation);
        return act;
      };
      const before = kept.get(consultation);
      let failures = before?.failures ?? 0;
      const grows = before !== undefined && before.exchanges + 1 === exchanges.length;
      const reply = told({ text: exchanges.at(-1)?.text ?? "", left });
      let tokens = grows
        ? [...before.tokens, ...before.turn, ...text.follow(before.turn, reply)]
        : rendered(text, situation);
      for (;;) {
        if (tokens.length >= longest) {
          waste("too-long");
          return end(ABSTENTION);
        }
        const turn = await sample(situation, tokens, signal);
        const words = text.read(turn);
        const move = parse(words);
        if (move.type === "parse-failure" || parseMove(words).type === "parse-failure") waste("no-act");
        switch (move.type) {
          case "parse-failure":
            failures++;
            if (failures > task.formatFailures) return end(ABSTENTION);
            tokens = [...tokens, ...turn, ...text.follow(turn, told({ text: notUnderstood(move.reason), left }))];
            break;
          case "diagnosis":
            return end(
              concludeRanking(
                move.ranked.map((name) => names.idOf(name) ?? openLabel(name)),
                urgencies,
              ),
            );
          default:
            if (left <= 0) {
              waste("over-budget");
              return end({ ...ABSTENTION, reason: "budget" });
            }
            kept.set(consultation, { tokens, turn, exchanges: exchanges.length, failures });
            return move;
        }
      }
    },
  };
}

/** The dialogue so far in tokens, from its words. */
function rendered(text: TextLanguage, { person, opening, exchanges, left }: Situation): number[] {
  const leftAfter = (exchange: number): number => left + exchanges.length - exchange;
  const tokens = text.open(told({ text: `${introduction(person)}${opening.text}`, left: leftAfter(0) }));
  exchanges.forEach(({ act, question, text: reply }, index) => {
    const turn = text.write({ type: act, text: question });
    tokens.push(...turn, ...text.follow(turn, told({ text: reply, left: leftAfter(index + 1) })));
  });
  return tokens;
}
