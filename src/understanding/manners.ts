/** What in a message is no answer: greetings and thanks, and questions back to the one who asks. */

const GREETING =
  "(?:hi|hiya|hello|hey|heya|howdy|greetings|good (?:morning|afternoon|evening|day|night)|morning|evening)(?: there| doctor| doc| again| everyone| all)*";
const COURTESY = [
  GREETING,
  "(?:many |ok(?:ay)? )?(?:thanks|thank you|thankyou|thx|ty|cheers|ta|much appreciated|much obliged)(?: so much| very much| a lot| a million| again| for \\w+ ?\\w*| doctor| doc| you)*",
  "ok|okay|k|alright|all right|right|fine then|got it|i see|sure thing|understood|makes sense|fair enough|cool|great|good|nice|perfect|wonderful|lovely|awesome|brilliant|no problem|no worries|you're welcome|never mind|nevermind",
  "(?:bye|goodbye|bye bye|see you(?: later| soon)?|take care|have a (?:nice|good|lovely|great) (?:day|evening|night|weekend|one)|cya|ciao)",
  "(?:lo+l|ha(?:ha)+|he(?:he)+|lmao|rofl|hm+|um+|uh+|er+m*|ah+|oh+|wow|oops|omg|yay)",
  "(?:you're|you are|that's|that is|this is|that was|it's|its)(?: been| a| very| so| really| all| most)* (?:kind|helpful|nice|sweet|great|good to (?:know|hear)|funny|interesting|clever|smart|lovely|patient|amazing|reassuring|impressive|friendly)(?: of you| to hear| to know)?",
  "(?:nice|lovely|beautiful|horrible|terrible|awful|cold|hot|great|miserable|dreadful) (?:weather|day)(?: today| outside| isn't it| we're having)*|(?:the )?weather(?: is|'s)? (?:so |really |very )?(?:nice|lovely|awful|terrible|horrible|great|good|bad)(?: today)?|it's (?:raining|sunny|snowing)(?: outside| today)?",
  "how (?:are|r) (?:you|u)(?: doing| today| feeling)*|how's it going|what's up|nice to (?:meet|see) you|pleased to meet you|how do you do|hope you(?:'re| are) well|are you having a (?:good|nice) day",
  "(?:i )?(?:hope|like|love) (?:you|this (?:app|chat|page))(?: have a (?:good|nice) day)?|let's (?:go|start|begin)|i'm ready|ready|go ahead|please|please go on|go on|carry on|continue",
];
const SMALL_TALK = new RegExp(`^(?:(?:${COURTESY.join("|")})(?:[\\s,.!?:;)('*-]+|$|\\p{Emoji})*)+$`, "u");
/** Courtesy at the head of a message that goes on. */
const HEAD = new RegExp(
  `^(?:(?:${GREETING}|thanks|thank you|um+|uh+|er+m*|hm+|ah+|oh+|so|well|ok|okay|right(?=[,.!:;-]))(?: doctor| doc)?(?:[\\s,.!:;-]+))+`,
  "u",
);

export function isSmallTalk(text: string): boolean {
  return SMALL_TALK.test(text.trim());
}

/** `text` without the courtesy at its head, its places kept. */
export function withoutGreeting(text: string): string {
  return text.replace(HEAD, (head) => " ".repeat(head.length));
}

const AUX =
  "do|does|did|is|are|am|was|were|will|would|should|shall|can|could|may|might|have|has|had|must|don't|doesn't|isn't|aren't|can't|shouldn't|won't|couldn't";
const ASKS = [
  `(?:why|what|how|who|when|where|which|whose)(?:'s|'re| the hell| on earth)? ?(?:${AUX}|long|much|many|often|about|exactly|kind|sort|else|if|now|for|next|this|that|it)?\\b`,
  `(?:${AUX}) (?:i|you|we|it|this|that|there|they|he|she|the|my|these|those|a|an)\\b`,
  "(?:any|and) (?:idea|chance|reason) (?:why|what|how|that)",
  "pardon|come again|sorry|eh|huh|what|excuse me|meaning|like what|such as|for example|really|seriously",
];
const QUESTION = new RegExp(
  `^(?:(?:and|but|so|well|ok|okay|oh|hm+|sorry|wait|also|then|doctor|please|hey|hang on)[, ]+)*(?:${ASKS.join("|")})`,
);
/** A question that needs no question mark. */
const UNMARKED = new RegExp(
  [
    `^(?:(?:and|but|so|well|ok|okay|oh|sorry|wait|please)[, ]+)*(?:(?:why|what|how|who|where|when|which)(?:'s|'re| (?:${AUX}|long|much|many|often|about|exactly|else)\\b)|(?:can|could|would|will) you\\b|(?:do|are) you\\b|(?:should|shall|can|could|may|must|do|am|will) i\\b|is (?:it|this|that|there)\\b)`,
    "\\b(?:don't|do not|dont|didn't|can't) (?:really |quite )?(?:understand|get|follow)(?: (?:you|your question|the question|that|this|it|what (?:you|that|this|it)\\b.*|why\\b.*|the point))?$",
    "\\b(?:not sure|don't know|no idea) what (?:you|that|this|it) (?:mean|means|meant|is|are|'re)\\b",
    "\\b(?:please )?(?:explain|repeat|rephrase|clarify|say (?:that|it) (?:again|differently)|ask (?:that|it) (?:again|differently))\\b",
    "^(?:pardon|come again|excuse me)\\b",
    "\\bi (?:want|wanted|would like|'d like|need) to (?:know|ask|understand) (?:why|what|how|if|whether|who|when)\\b",
    "\\b(?:tell|let) me (?:know )?(?:what|why|how|if|whether)\\b",
    "^what$|^why$|^how$|^huh$",
  ].join("|"),
);

/** Is this one sentence (without its stop) a question to the one who asks? `marked`: it ended with a question mark. */
export function isQuestion(sentence: string, marked: boolean): boolean {
  const said = sentence.trim();
  if (said === "") return marked;
  // "When I stand up I get dizzy", "what I have is a cough": no question.
  if (/^(?:when|where|what|how|which|whenever|if) (?:i|it|the|my|he|she|they|this|that)\b/.test(said) && !marked)
    return false;
  if (UNMARKED.test(said)) return true;
  return (
    marked &&
    (QUESTION.test(said) || !/^(?:yes|yeah|yep|no|nope|a bit|maybe|sometimes|not|i think|i guess)\b/.test(said))
  );
}
