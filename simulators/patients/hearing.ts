/** What a patient makes of a question in words: which finding it is about, in view of what was spoken of before. */
import type { Finding, Lexicon, Match } from "../../src/index.ts";
import { isMeasured } from "./truth.ts";

/** Below this score a question is not understood; above `CLEAR` it stands by itself. */
const UNDERSTOOD = 0.25;
const CLEAR = 0.6;
/** How near to its child's a parent's score must come to be preferred. */
const ABOUT_AS_WELL = 0.97;
/** At most this many sentences of a question are weighed by themselves. */
const SENTENCES = 8;

/** Words that lead to a question: "Right." is not the right side, and "what about" asks for no kind. */
const LEAD_IN = /^\s*(all )?right\s*[.,!:;-]|\b(what|how) about\b/gi;
const REFERS_BACK = /\b(it|its|that|this|these|those|they|them)\b/i;
const ELLIPTIC = /^\W*(and |so |ok |okay )?(where|when|how|what|which|since)\b(\W+\w+){0,3}\W*$/i;

const ASKS_DIAGNOSIS = [
  /\b(your|the|my|final|likely|correct|true|real) (working |final |actual |exact )?(diagnos[ie]s|pathology|label|ground truth)\b/i,
  /\bwhat\W+(?:\w+\W+){0,3}(disease|illness|condition|disorder|syndrome|sickness|pathology|diagnosis)\b/i,
  /\b(which|name|reveal|tell me|state|guess) (the |your |me )*(disease|illness|condition|disorder|diagnosis)\b/i,
  /\bwhat('s| is| do you think is)? (really )?(wrong|the matter) with (you|me)\b/i,
];

/** True where a question asks for the label rather than for a finding. "Were you diagnosed with asthma?" does not. */
export function asksForDiagnosis(text: string): boolean {
  return ASKS_DIAGNOSIS.some((pattern) => pattern.test(text));
}

/** The finding that `said` asks for; `topic` is the one spoken of last. */
export function understand(
  lexicon: Lexicon,
  said: string,
  topic: Finding | undefined,
  type: "ask" | "examine",
): Finding | undefined {
  const text = said.replace(LEAD_IN, " ");
  const best = bestMatch(lexicon, text, type);
  const score = best?.score ?? 0;
  if (topic && type === "ask" && score < CLEAR && (REFERS_BACK.test(text) || ELLIPTIC.test(text))) {
    const followUp = relatedTo(lexicon, text, topic, score);
    if (followUp) return followUp;
  }
  if (!best || score < UNDERSTOOD) return undefined;
  // "What is your diagnosis?" is nobody's question; a base may still ask "Have you a diagnosis of anaemia?".
  if (asksForDiagnosis(text) && score < CLEAR) return undefined;
  return lexicon.findings.get(best.finding);
}

/** The best match of the whole text or of one of its sentences: small talk around a question does not blur it. */
function bestMatch(lexicon: Lexicon, text: string, type: "ask" | "examine"): Match | undefined {
  const accept = type === "examine" ? (finding: Finding): boolean => isMeasured(finding.kind) : undefined;
  const sentences = text.split(/(?<=[.?!])\s+/, SENTENCES);
  let best: Match | undefined;
  for (const part of sentences.length > 1 ? [text, ...sentences] : [text]) {
    const match = parentFirst(lexicon, lexicon.match(part, 5, accept));
    if (match && match.score > (best?.score ?? 0)) best = match;
  }
  return best;
}

/** Of a parent and its child that fit about as well, the parent: "What about the cough?" asks whether there is one. */
function parentFirst(lexicon: Lexicon, matches: readonly Match[]): Match | undefined {
  const best = matches[0];
  const parent = best && lexicon.findings.get(best.finding)?.parent;
  return matches.find(({ finding, score }) => finding === parent && score >= best!.score * ABOUT_AS_WELL) ?? best;
}

/** "Is it dry?" after a question about the cough: a finding of the same family that the words themselves fit. */
function relatedTo(lexicon: Lexicon, text: string, topic: Finding, score: number): Finding | undefined {
  const root = topic.parent ?? topic.id;
  const family = (finding: Finding): boolean => finding.parent === root;
  const own = new Map(lexicon.match(text, 20, family).map((match) => [match.finding, match.score]));
  const subject = lexicon.findings.get(root)?.name ?? topic.name;
  const fits = lexicon.match(`${text} ${subject}`, 20, family).find(({ finding, values }) => {
    return (
      (own.get(finding) ?? 0) > score / 2 || (values !== undefined && lexicon.findings.get(finding)!.type !== "numeric")
    );
  });
  return fits && lexicon.findings.get(fits.finding);
}

const JARGON =
  /\b\w+(itis|osis|a?emia|uria|pnoea|pnea|algia|ectomy|pathy|plegia|paresis|phagia|rrhagia|uresis|ptysis|emesis|phoresis)\b|\b(pruritus|syncope|o?edema|febrile|afebrile|icterus|erythema|vertigo|paraesthesiae?|paresthesias?|palpitations|malaise|rigors|stridor|tenesmus|exertional|orthopn\w+|productive|auscultation|neoplasm|pyrexia|epistaxis|photophobia)\b/gi;

/** True where `text` holds a clinical term that the finding's own lay wordings do not explain. */
export function hasJargon(text: string, finding: Finding): boolean {
  const lay = [finding.question, ...finding.synonyms].join(" ").toLowerCase();
  return (text.match(JARGON) ?? []).some((term) => !lay.includes(term.toLowerCase()));
}
