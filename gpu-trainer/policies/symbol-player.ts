/**
 * A policy that speaks in symbols, in a consultation. Its prompt is rebuilt from what is known, question by question, as
 * training laid it out; one token is sampled. What it concludes is its own distribution over the conditions.
 */
import { ABSTENTION } from "../../environments/index.ts";
import {
  type Act,
  appliesTo,
  type Conclude,
  drawIndex,
  type Finding,
  inquiryAbout,
  isTold,
  type KnowledgeBase,
  rankDifferential,
  seededRandom,
  urgenciesOf,
  urgencyOf,
} from "../../src/index.ts";
import type { SymbolMeaning, Symbols } from "../dialogues/symbols.ts";
import type { Policy } from "./open.ts";
import { remembered } from "./remembered.ts";
import { knownIn, type Said, type Situation } from "./situation.ts";
import type { Player, PlayOptions, Waste } from "./types.ts";

/** Tokens that a worker ranks at one place at most. */
const RANKED = 100;

/** Tokens that were no act, with what was said to them, by the number of questions put before. */
interface Refusals {
  readonly tokens: ReadonlyMap<number, readonly number[]>;
  readonly count: number;
}
const NONE: Refusals = { tokens: new Map(), count: 0 };

export function symbolPlayer(policy: Policy, symbols: Symbols, options: PlayOptions): Player {
  const { base, sampler, contextLength, task } = policy;
  const { temperature = 0, seed = 0, parsing = "strict", onWaste = () => {} } = options;
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const kept = remembered<Refusals>();
  const conclude = concluder(base);

  const chanceOf = ({ consultation }: Situation, place: number): number =>
    seededRandom(seed, consultation, "policy").bits() * 2 ** 20 + place;

  const sample = async (situation: Situation, prompt: readonly number[], signal: AbortSignal | undefined) => {
    const request = { prompt, maxTokens: 1, temperature, seed: chanceOf(situation, prompt.length) };
    const [output] = await sampler.sample([{ ...request, dialogue: situation.consultation }], signal);
    return output!.sequences[0]!.tokens[0]!;
  };
  /** The likeliest tokens in the place of the prompt's last one, with their log-probs. */
  const ranked = async (prompt: readonly number[], signal: AbortSignal | undefined) => {
    if (prompt.length >= contextLength) return [];
    const topPromptLogprobs = Math.min(RANKED, policy.vocabularySize);
    const [output] = await sampler.sample([{ prompt, maxTokens: 1, temperature: 0, topPromptLogprobs }], signal);
    return output!.topPromptLogprobs?.at(-1) ?? [];
  };

  return {
    async act(situation, signal) {
      const { consultation, left } = situation;
      const known = knownIn(situation);
      const waste = (kind: Waste): void => onWaste(consultation, kind);
      const end = (act: Conclude): Conclude => {
        kept.drop(consultation);
        return act;
      };
      const faultOf = (meaning: SymbolMeaning | undefined): Waste | undefined => {
        if (meaning?.type === "diagnosis") return undefined;
        if (meaning?.type !== "ask") return "no-act";
        if (left <= 0) return "over-budget";
        if (known.has(meaning.finding)) return "repeat";
        const isAllowed = parsing === "strict" || mayBeAsked(findings.get(meaning.finding)!, situation, known);
        return isAllowed ? undefined : "not-allowed";
      };
      for (;;) {
        const refusals = kept.get(consultation) ?? NONE;
        const prompt = promptOf(symbols, findings, situation, refusals.tokens);
        if (prompt.length >= contextLength) {
          waste("too-long");
          return end(ABSTENTION);
        }
        const sampled = await sample(situation, prompt, signal);
        let meaning = symbols.meaning(sampled);
        const fault = faultOf(meaning);
        if (fault) waste(fault);
        let places = undefined as Awaited<ReturnType<typeof ranked>> | undefined;
        if (fault && parsing === "lenient") {
          places = await ranked([...prompt, sampled], signal);
          const allowed = places.filter(([token]) => faultOf(symbols.meaning(token)) === undefined);
          if (allowed.length === 0) return end(ABSTENTION);
          const weights = allowed.map(([, logprob]) => Math.exp((logprob - allowed[0]![1]) / (temperature || 1)));
          const chosen = temperature > 0 ? drawIndex(seededRandom(seed, consultation, prompt.length), weights) : 0;
          meaning = symbols.meaning(allowed[chosen]![0]);
        }
        switch (meaning?.type) {
          case "ask":
            if (left <= 0) return end({ ...ABSTENTION, reason: "budget" });
            return inquiryAbout(meaning.finding, findings.get(meaning.finding)!.kind);
          case "diagnosis":
            places ??= await ranked([...prompt, sampled], signal);
            return end(conclude(meaning.condition, places, symbols));
          default: {
            if (refusals.count >= task.formatFailures) return end(ABSTENTION);
            const place = situation.exchanges.length;
            const told = [symbols.mark("refused"), ...(left > 0 ? [] : [symbols.mark("conclude")])];
            const before = refusals.tokens.get(place) ?? [];
            const tokens = new Map(refusals.tokens).set(place, [...before, sampled, ...told]);
            kept.set(consultation, { tokens, count: refusals.count + 1 });
          }
        }
      }
    },
  };
}

function promptOf(
  symbols: Symbols,
  findings: ReadonlyMap<string, Finding>,
  { person, opening, exchanges, left }: Situation,
  refusals: ReadonlyMap<number, readonly number[]>,
): number[] {
  const isSpoken = (id: string): boolean => isTold(findings.get(id)?.kind ?? "sign");
  const pairs = (said: Said, except?: string): number[] =>
    said.observed
      .filter(({ finding }) => finding !== except && isSpoken(finding))
      .flatMap((observed) => [symbols.ask(observed.finding), ...symbols.answer(observed)]);
  const tokens = [...symbols.intake({ ...person, findings: [] }), ...pairs(opening)];
  const close = (place: number): void => {
    if (place === exchanges.length && left <= 0) tokens.push(symbols.mark("conclude"));
    tokens.push(...(refusals.get(place) ?? []));
  };
  close(0);
  exchanges.forEach((exchange, index) => {
    const { finding, observed } = exchange;
    if (finding !== undefined && isSpoken(finding)) {
      const answer = observed.findLast((each) => each.finding === finding) ?? { finding, state: "unknown" as const };
      tokens.push(symbols.ask(finding), ...symbols.answer(answer));
    }
    tokens.push(...pairs(exchange, finding));
    close(index + 1);
  });
  return tokens;
}

/** Told by the patient, not known yet, of this person, and nothing that an absent finding would have. */
function mayBeAsked(finding: Finding, { person }: Situation, known: ReturnType<typeof knownIn>): boolean {
  const { id, kind, parent } = finding;
  const isOpen = parent === undefined || known.get(parent)?.state === "present";
  return isTold(kind) && isOpen && !known.has(id) && appliesTo(finding, person);
}

/** What was named leads; the others follow by the policy's own probabilities, renormalised over the conditions. */
function concluder(base: KnowledgeBase) {
  const urgencies = urgenciesOf(base);
  return (named: string, places: readonly (readonly [number, number])[], symbols: Symbols): Conclude => {
    const weights = new Map([[named, Number.MIN_VALUE]]);
    for (const [token, logprob] of places) {
      const meaning = symbols.meaning(token);
      if (meaning?.type === "diagnosis") weights.set(meaning.condition, Math.exp(logprob));
    }
    if (weights.size === 1) weights.set(named, 1);
    const { entries, other } = rankDifferential([...weights.keys()], [...weights.values()]);
    const first = entries.filter(({ condition }) => condition === named);
    const differential = { entries: [...first, ...entries.filter(({ condition }) => condition !== named)], other };
    const urgency = urgencyOf(differential, urgencies);
    return { type: "conclude", differential, abstained: false, ...(urgency && { urgency }) } satisfies Act;
  };
}
