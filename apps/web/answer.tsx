/** Where one answers: by a suggestion or in one's own words; and why it is asked. */
import { useEffect, useRef } from "react";
import type { ChatClient, ChatState, Suggestion } from "../client/index.ts";
import { Composer } from "./composer.tsx";
import { Purpose } from "./purpose.tsx";
import { Suggestions } from "./suggestions.tsx";

interface Properties {
  readonly chat: ChatClient;
  readonly state: ChatState;
}

export function Answer({ chat, state }: Properties) {
  const { question, awaiting, longestText } = state;
  const suggestions = awaiting ? [] : (question?.suggestions ?? []);
  const group = useRef<HTMLFieldSetElement>(null);
  const words = useRef<HTMLTextAreaElement>(null);

  // Who answers by keyboard stays among the suggestions while there are any.
  useEffect(() => {
    if (!awaiting && suggestions.length === 0 && document.activeElement === group.current) words.current?.focus();
  }, [awaiting, suggestions.length]);

  const choose = (suggestion: Suggestion): void => {
    group.current?.focus();
    chat.choose(suggestion);
  };
  return (
    <div className="answer">
      <div className="answer__column">
        {question?.purpose !== undefined && !awaiting && <Purpose text={question.purpose} />}
        <Suggestions ref={group} suggestions={suggestions} onChoose={choose} />
        <Composer
          ref={words}
          longest={longestText}
          onSay={(text) => chat.say(text)}
          onUp={() => group.current?.querySelector("button")?.focus()}
        />
      </div>
    </div>
  );
}
