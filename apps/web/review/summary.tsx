/** What the batch is, why it was held, and how its rewards lie. */
import type { RefObject } from "react";
import { binsOf, figuresOf, figureText, plural, type ShownBatch } from "../../server/review-view.ts";
import { percentText } from "../condition-row.tsx";
import { sentence } from "../words.ts";
import type { Pending } from "./calls.ts";

interface Properties {
  readonly pending: Pending;
  readonly heading: RefObject<HTMLHeadingElement | null>;
}

export function Summary({ pending: { batch, heldAt }, heading }: Properties) {
  const { step, round, objective, version, lag, groups, reasons } = batch;
  const { trajectories, rewardMean, correct, questionsMean, keptGroups } = figuresOf(batch);
  return (
    <section className="summary" aria-labelledby="step">
      <h1 id="step" ref={heading} tabIndex={-1}>
        Step {step} waits
      </h1>
      <p className="lead">
        {plural(groups.length, "group")} of consultations, scored by {objective.toUpperCase()}. No gradient is taken
        until you decide.
      </p>
      {round > 0 && (
        <p className="notice summary__note" role="status">
          Corrected {round === 1 ? "once" : `${round} times`}. The baselines and advantages below follow from the
          corrected rewards.
        </p>
      )}
      {reasons.length > 0 && (
        <section className="notice notice--alert summary__note" aria-labelledby="reasons">
          <h2 id="reasons">Held because it looks odd</h2>
          <ul>
            {reasons.map(({ rule, message }) => (
              <li key={`${rule} ${message}`}>{sentence(message)}</li>
            ))}
          </ul>
        </section>
      )}
      <div className="summary__figures">
        <dl className="facts">
          <Fact name="Mean reward" value={figureText(rewardMean)} />
          <Fact name="Right" value={percentText(correct / trajectories)} note={`${correct} of ${trajectories}`} />
          <Fact name="Questions" value={questionsMean.toFixed(1)} note="a consultation" />
          <Fact name="Groups" value={String(groups.length)} note={`${keptGroups} take part`} />
          <Fact name="Lag" value={String(lag)} note={`weights of step ${version}`} />
          <Fact name="Held since" value={timeText(heldAt)} note={heldAt.slice(0, 10)} />
        </dl>
        <Histogram rewards={batch.rewards} />
      </div>
    </section>
  );
}

function Fact({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note !== undefined && <span className="facts__note">{note}</span>}
      </dd>
    </div>
  );
}

function Histogram({ rewards }: { readonly rewards: ShownBatch["rewards"] }) {
  const bins = binsOf(rewards);
  const most = Math.max(1, ...rewards.counts);
  const told = bins.filter(({ count }) => count > 0);
  const words = told.map(({ from, to, count }) => `${count} from ${figureText(from)} to ${figureText(to)}`);
  return (
    <figure className="histogram">
      <figcaption>Rewards of the batch</figcaption>
      <div className="histogram__bars" role="img" aria-label={`Rewards: ${words.join(", ")}`}>
        {bins.map(({ from, count }) => (
          <span key={from} className="histogram__bin" style={{ "--share": count / most } as object}>
            <span className="histogram__count">{count > 0 ? count : ""}</span>
            <span className="histogram__bar" />
          </span>
        ))}
      </div>
      <p className="histogram__ends" aria-hidden="true">
        <span>{figureText(rewards.least)}</span>
        {rewards.least !== rewards.most && <span>{figureText(rewards.most)}</span>}
      </p>
      {rewards.notFinite > 0 && <p className="field__fault">{rewards.notFinite} are no number.</p>}
    </figure>
  );
}

function timeText(at: string): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}
