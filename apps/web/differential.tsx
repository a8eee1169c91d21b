/** For clinicians: the conditions that count, likeliest first, with what speaks for and against the one that is opened. */
import { useState } from "react";
import type { DifferentialView } from "../client/index.ts";
import { ConditionRow, percentText } from "./condition-row.tsx";
import { useGlide } from "./glide.ts";

export function Differential({ differential: { conditions, other } }: { readonly differential: DifferentialView }) {
  const [chosen, setChosen] = useState<string | "none">();
  const ranked = Object.entries(conditions).sort(([, a], [, b]) => b.probability - a.probability);
  const opened = chosen ?? ranked[0]?.[0];
  const list = useGlide();
  return (
    <section aria-labelledby="differential">
      <h2 id="differential">Differential</h2>
      <ol className="conditions" ref={list}>
        {ranked.map(([id, condition]) => (
          <ConditionRow
            key={id}
            condition={condition}
            isOpen={id === opened}
            onToggle={() => setChosen(id === opened ? "none" : id)}
          />
        ))}
      </ol>
      <p className="panel__note">
        Everything else: {percentText(other)}. The factor after a finding says how many times likelier that answer is
        with the condition than overall. Figures of a model that was not clinically validated.
      </p>
    </section>
  );
}
