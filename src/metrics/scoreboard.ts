/** Sums the scores of a stream of consultations: overall, by group, by question, calibration, confusions. Constant memory. */
import { drawResamples, type Interval, MeanTally, type Resampling } from "./bootstrap.ts";
import { type CalibrationBin, CalibrationTally } from "./calibration.ts";
import { type FinishedConsultation, SCORES, type ScoreName, type Scores, scoreConsultation } from "./scores.ts";

export type MetricName = ScoreName | "ece";
export type Intervals = Record<MetricName, Interval | null>;
export type Metrics = Record<MetricName, number | null>;

/** The scores reported for each group. */
const GROUP_SCORES = ["top1", "top3", "ddf1", "il", "safe"] as const satisfies readonly ScoreName[];

export interface GroupMetrics extends Record<(typeof GROUP_SCORES)[number], number | null> {
  readonly n: number;
  readonly ci95: Partial<Record<ScoreName, Interval>>;
}

export interface ScoreboardResult {
  readonly n: number;
  readonly metrics: Metrics;
  /** Null where the metric is. */
  readonly ci95: Intervals;
  /** By grouping (severity, frequency, domain, age, sex), then by group. */
  readonly by: Record<string, Record<string, GroupMetrics>>;
  /** Share led by the right condition after 0, 1, 2 … questions; who stopped counts on with the last leader. Empty
   * where the agent ranks at the end only. */
  readonly top1ByQuestions: readonly number[];
  readonly calibration: readonly CalibrationBin[];
  /** The commonest wrong leaders. */
  readonly confusions: readonly { label: string; leader: string; n: number }[];
}

export interface ScoredCase extends FinishedConsultation {
  /** Groups that the case belongs to, by grouping. */
  readonly groups: Readonly<Record<string, string>>;
  /** Whether the right condition led after each question; its first entry stands for none asked. */
  readonly led?: readonly boolean[] | undefined;
}

export class Scoreboard {
  #n = 0;
  readonly #scores = newTallies(SCORES);
  readonly #calibration = new CalibrationTally();
  readonly #groups = new Map<string, Map<string, Tallies>>();
  readonly #led: number[];
  #followed = 0;
  readonly #confusions = new Map<string, number>();

  /** `budget`: the most questions a consultation may have. */
  constructor(budget: number) {
    this.#led = new Array<number>(budget + 1).fill(0);
  }

  get n(): number {
    return this.#n;
  }

  /** Adds a consultation and returns its scores. */
  add(consultation: ScoredCase): Scores {
    const index = this.#n++;
    const scores = scoreConsultation(consultation);
    record(this.#scores, SCORES, index, scores);
    const { conclusion, label, led, groups } = consultation;
    const leader = conclusion.differential.entries[0];
    this.#calibration.add(index, conclusion.confidence ?? leader?.probability ?? 0, scores.top1 === 1);
    if (leader && leader.condition !== label) {
      const pair = `${label} ${leader.condition}`;
      this.#confusions.set(pair, (this.#confusions.get(pair) ?? 0) + 1);
    }
    for (const grouping in groups) record(this.#groupTallies(grouping, groups[grouping]!), GROUP_SCORES, index, scores);
    if (led) this.#followed++;
    if (led) for (let q = 0; q < this.#led.length; q++) this.#led[q]! += Number(led[Math.min(q, led.length - 1)]);
    return scores;
  }

  result(): ScoreboardResult {
    const resampling = drawResamples(this.#n);
    const bounds = { ...intervals(this.#scores, SCORES, resampling), ece: this.#calibration.interval(resampling) };
    return {
      n: this.#n,
      metrics: { ...means(this.#scores, SCORES), ece: this.#calibration.ece },
      ci95: Object.fromEntries([...SCORES, "ece" as const].map((name) => [name, bounds[name] ?? null])) as Intervals,
      by: Object.fromEntries(
        [...this.#groups].map(([grouping, groups]) => [grouping, groupMetrics(groups, resampling)] as const),
      ),
      top1ByQuestions: this.#followed > 0 ? this.#led.map((count) => count / this.#followed) : [],
      calibration: this.#calibration.bins,
      confusions: [...this.#confusions]
        .map(([pair, n]) => ({ label: pair.split(" ")[0]!, leader: pair.split(" ")[1]!, n }))
        .sort((a, b) => b.n - a.n)
        .slice(0, 20),
    };
  }

  #groupTallies(grouping: string, group: string): Tallies {
    const groups = getOrAdd(this.#groups, grouping, () => new Map<string, Tallies>());
    return getOrAdd(groups, group, () => newTallies(GROUP_SCORES));
  }
}

type Tallies = Partial<Record<ScoreName, MeanTally>>;

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function newTallies(names: readonly ScoreName[]): Tallies {
  return Object.fromEntries(names.map((name) => [name, new MeanTally()]));
}

function record(tallies: Tallies, names: readonly ScoreName[], index: number, scores: Scores): void {
  for (const name of names) {
    const value = scores[name];
    if (value !== undefined) tallies[name]!.add(index, value);
  }
}

function means<Name extends ScoreName>(tallies: Tallies, names: readonly Name[]): Record<Name, number | null> {
  return Object.fromEntries(names.map((name) => [name, tallies[name]!.mean])) as Record<Name, number | null>;
}

function intervals(
  tallies: Tallies,
  names: readonly ScoreName[],
  resampling: Resampling,
): Partial<Record<ScoreName, Interval>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const bounds = tallies[name]!.count > 0 ? tallies[name]!.interval(resampling) : undefined;
      return bounds ? [[name, bounds]] : [];
    }),
  );
}

function groupMetrics(groups: ReadonlyMap<string, Tallies>, resampling: Resampling): Record<string, GroupMetrics> {
  const sorted = [...groups].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  return Object.fromEntries(
    sorted.map(([group, tallies]) => [
      group,
      {
        n: tallies.top1!.count,
        ...means(tallies, GROUP_SCORES),
        ci95: intervals(tallies, GROUP_SCORES, resampling),
      },
    ]),
  );
}
