/** One condition: its name, its probability as figure and bar, and the evidence. */
import { useId, useLayoutEffect, useRef } from "react";
import type { DifferentialView } from "../client/index.ts";

type Condition = DifferentialView["conditions"][string];
type Evidence = Condition["for"][number];

interface Properties {
  readonly condition: Condition;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

export function ConditionRow({ condition, isOpen, onToggle }: Properties) {
  const id = useId();
  const { name, probability } = condition;
  return (
    <li className="condition">
      <button type="button" className="condition__head" aria-expanded={isOpen} aria-controls={id} onClick={onToggle}>
        <span className="condition__name">{name}</span>
        <span className="condition__share">{percentText(probability)}</span>
        <Bar share={probability} />
      </button>
      <div id={id} className="evidence" hidden={!isOpen}>
        <EvidenceList heading="For" evidence={condition.for} />
        <EvidenceList heading="Against" evidence={condition.against} />
      </div>
    </li>
  );
}

/** Moves from the last share to the next. A row that changed its place was taken out, so the bar is put back first. */
function Bar({ share }: { readonly share: number }) {
  const bar = useRef<HTMLSpanElement>(null);
  const shown = useRef(0);
  useLayoutEffect(() => {
    const { current } = bar;
    if (!current) return;
    current.style.setProperty("--share", String(shown.current));
    current.getBoundingClientRect();
    current.style.setProperty("--share", String(share));
    shown.current = share;
  }, [share]);
  return <span className="condition__bar" ref={bar} aria-hidden="true" />;
}

function EvidenceList({ heading, evidence }: { readonly heading: string; readonly evidence: readonly Evidence[] }) {
  return (
    <div>
      <h3>{heading}</h3>
      {evidence.length === 0 ? (
        <p className="evidence__none">nothing so far</p>
      ) : (
        <ul>
          {evidence.map(({ finding, name, state, weight }) => (
            <li key={finding}>
              <span>{state === "absent" ? `no ${name}` : name}</span>
              <span className="evidence__factor">{factorText(weight)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** "62 %". */
export function percentText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}

/** e^weight: "× 4.1". */
function factorText(weight: number): string {
  const factor = Math.exp(weight);
  return `× ${factor >= 10 ? Math.round(factor) : Number(factor.toPrecision(2))}`;
}
