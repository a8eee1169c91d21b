/** What channels have in common when they write replies: choices where there are no buttons, and the order of what is posted. */
import type { Reply } from "../types.ts";

/** The words, with what can be chosen written out, unless it goes without saying. */
export function withChoices({ text, suggestions }: Reply): string {
  const isPlain = suggestions.every((each) => /^(?:yes|no|not sure)$/i.test(each));
  return text === "" || isPlain ? text : `${text}\n(${suggestions.join(" / ")})`;
}

/** Posts of one chat one after another, those of others at the same time. */
export function inTurn(): (chat: string, post: () => Promise<void>) => Promise<void> {
  /** The last post of each chat that is under way. */
  const tails = new Map<string, Promise<void>>();
  return async (chat, post) => {
    const posted = (tails.get(chat) ?? Promise.resolve()).then(post);
    const tail = posted.catch(() => {});
    tails.set(chat, tail);
    try {
      await posted;
    } finally {
      if (tails.get(chat) === tail) tails.delete(chat);
    }
  };
}
