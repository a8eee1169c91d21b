/** Counts and times in Prometheus' text format. A label has few values, fixed by the code: never an id, never words. */

/** Upper bounds of the histogram of answers, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

const COUNTERS = {
  opened_total: "Consultations opened.",
  resumed_total: "Consultations resumed over a WebSocket.",
  messages_total: "Messages of persons that were answered.",
  repeated_total: "Messages that came again and were answered by their first acknowledgement.",
  refused_total: "What was refused, by code.",
  fell_back_total: "Parts of the agent that failed and were stood in for, by part.",
  dropped_total: "Pieces of text left out for connections that read slowly.",
  closed_total: "Connections that the server closed, by code.",
  http_requests_total: "HTTP requests, by route and status.",
} as const;
type Counter = keyof typeof COUNTERS;

/** Values looked at when the metrics are read. */
export type Gauges = () => Readonly<Record<string, { readonly help: string; readonly value: number }>>;

export class Metrics {
  readonly #counts = new Map<Counter, Map<string, number>>();
  readonly #buckets = new Array<number>(BOUNDS.length + 1).fill(0);
  #sum = 0;
  readonly #gauges: Gauges;

  constructor(gauges: Gauges = () => ({})) {
    this.#gauges = gauges;
  }

  count(counter: Counter, labels = ""): void {
    const values = this.#counts.get(counter) ?? new Map<string, number>();
    values.set(labels, (values.get(labels) ?? 0) + 1);
    this.#counts.set(counter, values);
  }

  /** A message that was answered in `seconds`. */
  answered(seconds: number): void {
    this.count("messages_total");
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    this.#buckets[bucket < 0 ? BOUNDS.length : bucket]!++;
    this.#sum += seconds;
  }

  text(): string {
    const lines: string[] = [];
    const head = (name: string, help: string, type: string): unknown =>
      lines.push(`# HELP anamnesis_${name} ${help}`, `# TYPE anamnesis_${name} ${type}`);
    for (const [name, help] of Object.entries(COUNTERS) as [Counter, string][]) {
      head(name, help, "counter");
      for (const [labels, value] of this.#counts.get(name) ?? []) {
        lines.push(`anamnesis_${name}${labels && `{${labels}}`} ${value}`);
      }
    }
    for (const [name, { help, value }] of Object.entries(this.#gauges())) {
      head(name, help, "gauge");
      lines.push(`anamnesis_${name} ${value}`);
    }
    head("answer_seconds", "Seconds from a message to its stored answer.", "histogram");
    let below = 0;
    this.#buckets.forEach((count, index) => {
      below += count;
      lines.push(`anamnesis_answer_seconds_bucket{le="${BOUNDS[index] ?? "+Inf"}"} ${below}`);
    });
    lines.push(`anamnesis_answer_seconds_sum ${this.#sum}`, `anamnesis_answer_seconds_count ${below}`);
    return `${lines.join("\n")}\n`;
  }
}
