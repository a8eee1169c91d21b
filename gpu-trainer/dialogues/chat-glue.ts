/**
 * What a chat template writes around messages, as token ids that are worked out once: a dialogue then grows by ids at its
 * end and is never tokenised again. What a template does to its own first two turns, it must do to all later ones.
 */
import { WorkerError } from "../errors.ts";
import type { ChatMessage, Tokenizer } from "../tokens/tokenizer.ts";
import { TaskError } from "./errors.ts";

export interface ChatGlue {
  /** The token that ends a turn of the policy. */
  readonly end: number;
  /** Instructions and the first message, up to where the policy's first turn begins. */
  open(instructions: string, first: string): number[];
  /** What comes after a turn of the policy, whether it ended itself or was cut, up to where the next one begins. */
  follow(turn: readonly number[], said: string): number[];
}

/** Two texts without a letter in common at either end, in the policy's place and in the patient's. */
const ONE = "alpha";
const OTHER = "brook";
/** What a template may be tempted to take out of an earlier turn. */
const THOUGHT = "<think>which</think><ask>when</ask>";

const ADVICE = "give the model's directory a chat_template.jinja that writes every turn alike, whatever follows it";

/** `variables`: what else the template asks for. Throws `not-prefix-preserving`, `bad-language`. */
export function chatGlue(tokenizer: Tokenizer, variables: Readonly<Record<string, unknown>> = {}): ChatGlue {
  const render = (messages: readonly ChatMessage[]): number[] => tokenizer.encodeChat(messages, { variables });
  const hasSystem = takesSystem(render);
  const begun = (instructions: string, first: string): ChatMessage[] =>
    hasSystem
      ? [
          { role: "system", content: instructions },
          { role: "user", content: first },
        ]
      : [{ role: "user", content: `${instructions}\n\n${first}` }];
  const opened = render(begun(ONE, ONE));
  const dialogue = (turn: string, said: string): number[] =>
    render([...begun(ONE, ONE), { role: "assistant", content: turn }, { role: "user", content: said }]);

  const whole = dialogue(ONE, ONE);
  const otherSaid = dialogue(ONE, OTHER);
  const tail = commonEnd(whole, otherSaid);
  const said = whole.length - tail - commonStart(whole, otherSaid);
  if (said <= 0) {
    throw new TaskError("bad-language", "the tokenizer cannot spell plain words; play the consultation in symbols");
  }
  const between = commonEnd(whole, dialogue(OTHER, ONE)) - said - tail;
  const glue = whole.slice(whole.length - tail - said - between, whole.length - tail - said);
  const last = whole.slice(whole.length - tail);
  const [end] = glue;
  if (end === undefined || tokenizer.decode([end]) !== "") {
    throw new TaskError(
      "not-prefix-preserving",
      `the chat template ends a turn without a control token of its own; ${ADVICE}`,
    );
  }

  const made: ChatGlue = {
    end,
    open: (instructions, first) => render(begun(instructions, first)),
    follow(turn, words) {
      const rest = turn.at(-1) === end ? glue.slice(1) : glue;
      return [...rest, ...tokenizer.encodeText(words), ...last];
    },
  };
  const text = (ids: readonly number[]): string => tokenizer.decode(ids, { keepSpecial: true });
  for (const turn of [ONE, THOUGHT]) {
    const written = tokenizer.encodeText(turn);
    const grown = [...opened, ...written, ...made.follow(written, OTHER)];
    if (text(grown) === text(dialogue(turn, OTHER))) continue;
    throw new TaskError(
      "not-prefix-preserving",
      `the chat template rewrites what was said before when another message follows; ${ADVICE}`,
    );
  }
  return made;
}

/** Some templates refuse a system message; what it would say is then put before the first message. */
function takesSystem(render: (messages: readonly ChatMessage[]) => number[]): boolean {
  const user = { role: "user", content: ONE };
  try {
    render([{ role: "system", content: ONE }, user]);
    return true;
  } catch (error) {
    if (!(error instanceof WorkerError) || error.code !== "bad-input") throw error;
    return false;
  }
}

function commonStart(one: readonly number[], other: readonly number[]): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

function commonEnd(one: readonly number[], other: readonly number[]): number {
  let length = 0;
  while (length < one.length && one.at(-1 - length) === other.at(-1 - length)) length++;
  return length;
}
