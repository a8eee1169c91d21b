/** The embedded understander: the lexical reading of a message. No model, no network. */
import { type Lexicon, type ObservedFinding, understand } from "../../src/index.ts";
import { saysCrisis } from "./crisis.ts";
import type { Understander, UnderstandingContext, Understood } from "./types.ts";

/** The most characters that are read. */
export const LONGEST_MESSAGE = 20_000;

export function embeddedUnderstander(lexicon: Lexicon): Understander {
  return {
    name: "lexical",
    async understand(message, context) {
      return understandLexically(lexicon, message, context);
    },
  };
}

/** The reading, less what it takes for an answer without a word that ties it to the question, or in spite of a doubt. */
function understandLexically(lexicon: Lexicon, message: string, context: UnderstandingContext): Understood {
  const { asked } = context;
  const understood = understand(lexicon, message, context);
  const said = plain(message);
  if (asked === undefined) return understood;
  const isDoubtful = BEGINS_IN_DOUBT.test(said);
  const isStated = (): boolean =>
    lexicon.mentions(message).some(({ finding, state }) => finding === asked && state !== "unknown");
  const observed = understood.observed.flatMap((found): ObservedFinding[] => {
    const hasDetail = found.values !== undefined || found.number !== undefined;
    if (found.finding !== asked || hasDetail) return [found];
    if (isDoubtful && !isStated()) return [{ finding: asked, state: "unknown" }];
    const isTied = found.state === "unknown" ? DOUBTS.test(said) : answers(lexicon, asked, message);
    return isTied ? [found] : [];
  });
  // A doubt about the question is no cry for help; the words themselves may be.
  const isDoubt = isDoubtful && understood.intent === "crisis" && !saysCrisis(message);
  return { ...understood, observed, intent: isDoubt ? "answer" : understood.intent };
}

/** "I don't know", "I'm not sure", "no idea": not a yes for its "I do", not a no for its "no". */
const BEGINS_IN_DOUBT =
  /^(?:(?:oh|well|um+|uh+|hm+|so|honestly|sorry|i'm afraid)[, ]+)*(?:i )?(?:really |just |honestly )*(?:(?:do not|don't|dont|can't|cant|cannot|can not|couldn't|could not|wouldn't|would not) (?:really |quite )?(?:know|remember|recall|tell|say)|(?:(?:am|'m) )?(?:not (?:really |quite |so |entirely |too )?(?:sure|certain)|unsure)|no (?:idea|clue)|(?:have|i have) no (?:idea|clue)|haven't a clue|dunno|idk|maybe|perhaps|possibly|i'm not (?:really |quite |so |entirely |too )?(?:sure|certain))\b/;
const DOUBTS =
  /\b(?:not (?:really |quite |so |entirely |too )?(?:sure|certain)|unsure|(?:do not|don't|dont|can't|cant|cannot|couldn't|wouldn't) (?:really )?(?:know|remember|recall|tell|say)|no (?:idea|clue)|dunno|idk|hard to (?:say|describe|put)|how to put|maybe|perhaps|possibly|might|sort of|kind of|who knows|i forget)\b/;
/** A yes, a no or a frequency at the head of a sentence. */
const DIRECT =
  /(?:^|[.!,;\n] *)(?:(?:oh|well|um+|uh+|hm+|er+|so|honestly|actually|thankfully|luckily|sadly|unfortunately|i think|i'd say|i guess|and|but|sorry)[, ]+)*(?:yes|yeah|yep|yup|yea|ya|aye|sure|definitely|absolutely|certainly|of course|indeed|correct|exactly|true|affirmative|y|n|no|nope|nah|not (?:really|at all|that|any ?more|lately|often|much|yet)|never|none|neither|nothing|nowhere|hardly|rarely|sometimes|always|often|a (?:bit|little)|occasionally|now and then|i (?:do|don't|dont|do not|did|didn't|have|haven't|had|am|was|wasn't|can|can't|cant)|i'm|it (?:is|isn't|does|doesn't|has|hasn't|was)|there is|there's)\b/;
/** How far a message must cover a wording of the asked finding. */
const TIED = 0.25;
/** A longer message that only begins with a "no" may go on to something else, but has answered. */
function answers(lexicon: Lexicon, asked: string, message: string): boolean {
  const finding = lexicon.findings.get(asked);
  if (!finding) return false;
  const said = plain(message);
  if (DIRECT.test(said)) return true;
  if (lexicon.mentions(message).some((other) => other.finding === asked || parentOf(lexicon, other.finding) === asked))
    return true;
  const own = [...(finding.answers?.present ?? []), ...(finding.answers?.absent ?? [])];
  if (own.some((answer) => said.includes(plain(answer)))) return true;
  return (lexicon.match(message, 1, ({ id }) => id === asked)[0]?.score ?? 0) >= TIED;
}

function parentOf(lexicon: Lexicon, finding: string): string | undefined {
  return lexicon.findings.get(finding)?.parent;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll("’", "'").trim();
}
