/** Before the first question: what this is and is not, consent, and who it is about. */
import { type FormEvent, useEffect, useId, useRef } from "react";
import type { ChatState, Person } from "../client/index.ts";
import { Notice } from "./notice.tsx";
import { sentence } from "./words.ts";

interface Properties {
  readonly state: ChatState;
  /** What has just happened, for example that a conversation was deleted. */
  readonly notice: string | undefined;
  /** Somebody came here by a button that is gone now. */
  readonly takesFocus: boolean;
  readonly onBegin: (person: Person) => void;
}

export function Welcome({ state, notice, takesFocus, onBegin }: Properties) {
  const { disclaimer, audience, problem } = state;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  const isClinician = audience === "clinician";
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onBegin(personOf(new FormData(event.currentTarget)));
  };
  return (
    <main className="sheet">
      <h1 ref={heading} tabIndex={-1}>
        {isClinician ? "Taking a history" : "What troubles you?"}
      </h1>
      <p className="lead">
        {isClinician
          ? "Questions, one at a time, with the differential beside them as the answers arrive."
          : "You tell what is wrong, answer a few questions, one at a time, and learn how soon you should be seen."}
      </p>
      <div role="status">
        {notice !== undefined && <Notice>{notice}</Notice>}
        {disclaimer === undefined && !problem && <Notice>Connecting …</Notice>}
      </div>
      {problem && <Notice isAlert>{`${sentence(problem.message)} ${problem.advice}`}</Notice>}
      {disclaimer !== undefined && (
        <form className="form" onSubmit={submit}>
          <section className="disclaimer" aria-label="Please read this first">
            <p>{disclaimer}</p>
            <p>
              <strong>In an emergency do not use this page.</strong> Call the emergency number of where you are.
            </p>
          </section>
          <About />
          <label className="consent">
            <input type="checkbox" name="consent" required />
            <span>
              {isClinician
                ? "The person has read or heard this, and wants to go on."
                : "I have read this, and I want to go on."}
            </span>
          </label>
          <button type="submit" className="primary">
            Begin
          </button>
        </form>
      )}
    </main>
  );
}

function About() {
  const hint = useId();
  return (
    <div className="about">
      <div className="field">
        <label htmlFor="age">Age in years</label>
        <input
          id="age"
          name="age"
          type="number"
          min="0"
          max="130"
          step="any"
          inputMode="decimal"
          aria-describedby={hint}
        />
        <p id={hint} className="field__hint">
          You may leave it out; some warnings depend on it.
        </p>
      </div>
      <fieldset className="field choices">
        <legend>Sex</legend>
        {[
          ["female", "Female"],
          ["male", "Male"],
          ["", "Rather not say"],
        ].map(([value, label]) => (
          <label key={value}>
            <input type="radio" name="sex" value={value} defaultChecked={value === ""} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
    </div>
  );
}

function personOf(form: FormData): Person {
  const age = form.get("age");
  const sex = form.get("sex");
  return {
    ...(typeof age === "string" && age !== "" && { age: Number(age) }),
    ...((sex === "female" || sex === "male") && { sex }),
  };
}
