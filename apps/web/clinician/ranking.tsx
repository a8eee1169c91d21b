/** The differential as the clinician has it: conditions moved, left out and added, each by a button that keeps the focus. */
import { useEffect, useId, useRef, useState } from "react";
import type { DifferentialView } from "../../server/protocol.ts";
import { percentText } from "../condition-row.tsx";
import { type ConditionName, readConditions } from "./calls.ts";
import { moved, type Ranked } from "./draft.ts";

interface Properties {
  readonly ranking: readonly Ranked[];
  /** The agent's: for the figures. */
  readonly differential: DifferentialView;
  readonly token: string | undefined;
  readonly onChange: (ranking: Ranked[]) => void;
}

type Act = "up" | "down" | "remove";

export function Ranking({ ranking, differential, token, onChange }: Properties) {
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  /** What was done last, to be read out, and which button has the focus after it. */
  const [said, setSaid] = useState("");
  const focus = useRef<{ readonly condition: string | undefined; readonly act: Act }>(undefined);
  useEffect(() => {
    if (!focus.current) return;
    const { condition, act } = focus.current;
    focus.current = undefined;
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>(`[data-act="${act}"]`) ?? [])];
    const wanted = buttons.find(({ dataset }) => dataset.condition === condition);
    (wanted ?? document.getElementById(`${id}-add`))?.focus();
  });

  const move = (from: number, act: "up" | "down"): void => {
    const to = act === "up" ? from - 1 : from + 1;
    const row = ranking[from]!;
    focus.current = { condition: row.condition, act };
    const isEnd = to < 0 || to >= ranking.length;
    setSaid(
      isEnd
        ? `${row.name} is ${to < 0 ? "first" : "last"} already.`
        : `${row.name} is now ${to + 1} of ${ranking.length}.`,
    );
    if (!isEnd) onChange(moved(ranking, from, to));
  };
  const remove = (at: number): void => {
    const rest = ranking.toSpliced(at, 1);
    focus.current = { condition: (rest[at] ?? rest[at - 1])?.condition, act: "remove" };
    setSaid(`${ranking[at]!.name} is left out.`);
    onChange(rest);
  };
  const add = ({ condition, name }: Ranked): void => {
    setSaid(`${name} is added, as ${ranking.length + 1} of ${ranking.length + 1}.`);
    onChange([...ranking, { condition, name }]);
  };
  return (
    <section aria-labelledby={id} className="ranking">
      <h2 id={id}>Differential</h2>
      <p className="field__hint">Likeliest first. The share of what you leave out goes to everything else.</p>
      <ol ref={list} className="ranking__list">
        {ranking.map(({ condition, name }, at) => {
          const button = (act: Act, words: string, mark: string, isIdle: boolean, onClick: () => void) => (
            <button
              type="button"
              className="ranking__act"
              data-act={act}
              data-condition={condition}
              aria-label={`${words} ${name}`}
              aria-disabled={isIdle}
              onClick={onClick}
            >
              <span aria-hidden="true">{mark}</span>
            </button>
          );
          return (
            <li key={condition} className="ranking__row">
              <span className="ranking__name">
                {name}
                <span className="ranking__grounds">{groundsText(differential.conditions[condition])}</span>
              </span>
              {button("up", "Move up", "↑", at === 0, () => move(at, "up"))}
              {button("down", "Move down", "↓", at === ranking.length - 1, () => move(at, "down"))}
              {button("remove", "Leave out", "×", false, () => remove(at))}
            </li>
          );
        })}
      </ol>
      {ranking.length === 0 && <p className="field__fault">A differential has at least one condition.</p>}
      <Adding id={`${id}-add`} ranking={ranking} token={token} onAdd={add} />
      <p className="unseen" role="status">
        {said}
      </p>
    </section>
  );
}

/** "62 %; for: fever; against: no shortness of breath", as the agent had it. */
function groundsText(condition: DifferentialView["conditions"][string] | undefined): string {
  if (!condition) return "added by you";
  const named = (evidence: typeof condition.for): string =>
    evidence.map(({ name, state }) => (state === "absent" ? `no ${name}` : name)).join(", ");
  return [
    percentText(condition.probability),
    ...(condition.for.length > 0 ? [`for: ${named(condition.for)}`] : []),
    ...(condition.against.length > 0 ? [`against: ${named(condition.against)}`] : []),
  ].join("; ");
}

interface AddingProperties {
  readonly id: string;
  readonly ranking: readonly Ranked[];
  readonly token: string | undefined;
  readonly onAdd: (row: Ranked) => void;
}

function Adding({ id, ranking, token, onAdd }: AddingProperties) {
  const [conditions, setConditions] = useState<readonly ConditionName[]>([]);
  const [fault, setFault] = useState<string>();
  const [chosen, setChosen] = useState("");
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    readConditions(token).then(setConditions, (error: Error) => setFault(error.message));
  }, [token]);
  const taken = new Set(ranking.map(({ condition }) => condition));
  const free = conditions.filter((condition) => !taken.has(condition.id));
  const add = (): void => {
    const condition = free.find((each) => each.id === chosen);
    if (!condition) return;
    onAdd({ condition: condition.id, name: condition.name });
    setChosen("");
    select.current?.focus();
  };
  return (
    <div className="ranking__add">
      <div className="field">
        <label htmlFor={id}>Add a condition</label>
        <select id={id} ref={select} value={chosen} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
          <option value="">Choose one</option>
          {free.map((condition) => (
            <option key={condition.id} value={condition.id}>
              {condition.name}
            </option>
          ))}
        </select>
      </div>
      <button type="button" className="secondary" disabled={chosen === ""} onClick={add}>
        Add
      </button>
      {fault !== undefined && <p className="field__fault">{fault}</p>}
    </div>
  );
}
