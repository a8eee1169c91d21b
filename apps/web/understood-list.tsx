/** What was understood so far, so that it can be put right. No probabilities here. */
import type { Person, Understanding } from "../client/index.ts";
import { findingText, personText } from "./words.ts";

interface Properties {
  readonly understood: readonly Understanding[];
  readonly person: Person;
  readonly hasEnded: boolean;
}

export function UnderstoodList({ understood, person, hasEnded }: Properties) {
  const about = personText(person);
  return (
    <section aria-labelledby="understood">
      <h2 id="understood">Understood so far</h2>
      {about !== "" && <p className="panel__person">{about}</p>}
      {understood.length === 0 ? (
        <p className="panel__note">Nothing yet. What you tell appears here.</p>
      ) : (
        <>
          <dl className="findings">
            {understood.map((finding) => (
              <div key={finding.finding} data-state={finding.state}>
                <dt>{finding.name}</dt>
                <dd>
                  {findingText(finding)}
                  {finding.corrected && <span className="findings__mark">corrected</span>}
                </dd>
              </div>
            ))}
          </dl>
          {!hasEnded && <p className="panel__note">If something is wrong, just say so.</p>}
        </>
      )}
    </section>
  );
}
