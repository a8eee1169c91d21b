/** One's own words. Enter sends, Shift and Enter begins a new line. */
import { type FormEvent, type KeyboardEvent, type RefObject, useEffect } from "react";

interface Properties {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  /** The most characters. */
  readonly longest: number;
  readonly onSay: (text: string) => void;
  /** Arrow up, with nothing written. */
  readonly onUp: () => void;
}

export function Composer({ ref, longest, onSay, onUp }: Properties) {
  // Not where it would bring up a keyboard on the screen.
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) ref.current?.focus();
  }, [ref]);

  const say = (): void => {
    const { current } = ref;
    if (!current || current.value.trim() === "") return;
    onSay(current.value);
    current.value = "";
    current.focus();
  };
  const heed = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) say();
    else if (event.key === "ArrowUp" && event.currentTarget.value === "") onUp();
    else return;
    event.preventDefault();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    say();
  };
  return (
    <form className="composer" onSubmit={submit}>
      <label className="unseen" htmlFor="answer">
        Your answer
      </label>
      <textarea
        id="answer"
        ref={ref}
        rows={1}
        maxLength={longest}
        placeholder="In your own words"
        autoComplete="off"
        aria-describedby="answer-keys"
        onKeyDown={heed}
      />
      <button type="submit" className="primary">
        Send
      </button>
      <p id="answer-keys" className="composer__keys">
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> starts a new line, <kbd>↑</kbd> goes to the suggested
        answers, where digits choose.
      </p>
    </form>
  );
}
