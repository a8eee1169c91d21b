/** A consultation on a terminal: who says what, and after each answer the leading conditions as bars. */
import { styleText } from "node:util";
import type { Case } from "../../simulators/index.ts";
import {
  type AgentCore,
  type Conclude,
  type ConsultationEvent,
  type Differential,
  type KnowledgeBase,
  nextAct,
  type ObservedFinding,
  type Urgency,
} from "../../src/index.ts";

/** How many conditions the bars show, and how wide a bar of 100 % is. */
const BARS = 4;
const WIDTH = 24;

export const DISCLAIMER =
  "Research and decision-support software, not a medical device. What it lists is not a diagnosis and not medical advice. " +
  "If you are worried, see a clinician; in an emergency call the emergency number.";

export const URGENCY_ADVICE: Record<Urgency, string> = {
  "emergency-ambulance": "Call the emergency number now.",
  emergency: "Go to an emergency department now.",
  "within-24-hours": "See a clinician within 24 hours.",
  consultation: "Arrange a consultation in the next days.",
  "self-care": "Usually settles by itself; see a clinician if it does not or gets worse.",
};

export interface ConsultationView {
  begin(patient: Case): void;
  show(event: ConsultationEvent): void;
  /** Tells what the patient had. */
  end(label: string): void;
}

/** A view that writes to `out`; `core` is asked, from the events alone, what it would conclude after each answer. */
export function consultationView<B>(
  core: AgentCore<B>,
  base: KnowledgeBase,
  out: { write(text: string): unknown },
): ConsultationView {
  const events: ConsultationEvent[] = [];
  const conditions = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const line = (text = ""): unknown => out.write(`${text}\n`);
  const nameOf = (id: string): string => conditions.get(id) ?? id;
  let standing = "";

  /** Bars after each answer, where they differ from the last ones shown. */
  const showStanding = (): void => {
    const act = nextAct(core, events, 0);
    if (act.type !== "conclude") return;
    const bars = differentialBars(act.differential, nameOf, BARS);
    if (bars !== standing) line(styleText("dim", bars));
    standing = bars;
  };

  const meaning = ({ finding, state, values, number }: ObservedFinding): string => {
    const known = findings.get(finding);
    if (number !== undefined) return `${known?.name ?? finding}: ${number} ${known?.unit ?? ""}`.trim();
    if (!values) return `${known?.name ?? finding}: ${state}`;
    const names = values.map((value) => known?.values.find(({ id }) => id === value)?.name ?? value);
    return `${known?.name ?? finding}: ${names.join(", ")}`;
  };

  const show = (event: ConsultationEvent): void => {
    events.push(event);
    switch (event.type) {
      case "patient-said":
        line(`${styleText("cyan", "  patient")}  ${event.text.replaceAll("\n", "\n           ")}`);
        if (events.length <= 2) showStanding();
        break;
      case "attachment-received":
        line(styleText("dim", `           [${event.attachment.type}]`));
        break;
      case "agent-asked":
        line(`\n${styleText("green", `${String(event.turn).padStart(2)} agent  `)}  ${event.text}`);
        break;
      case "agent-examined":
        line(
          `\n${styleText("green", `${String(event.turn).padStart(2)} agent  `)}  ${styleText("italic", event.text)}`,
        );
        break;
      case "agent-said":
        line(`${styleText("green", "   agent  ")}  ${event.text}`);
        break;
      case "finding-observed":
      case "finding-corrected":
        line(styleText("dim", `           (${meaning(event.observed)})`));
        showStanding();
        break;
      case "red-flag-raised":
        line(styleText(["red", "bold"], `  RED FLAG  ${event.message}`));
        break;
      case "concluded":
        line(`\n${conclusionText(event.conclusion, nameOf)}`);
        break;
      case "handed-off":
      case "abandoned":
        line(`\n  ${event.type}: ${event.reason}`);
        break;
      case "opened":
      case "consented":
      case "fell-back":
      case "model-called":
      case "reviewed":
      case "notified":
        break;
      default:
        event satisfies never;
    }
  };

  return {
    begin({ id, age, sex }) {
      const person = [sex, age === undefined ? undefined : `${age} years`].filter(Boolean).join(", ");
      line(
        styleText(
          "bold",
          `\n── ${id}${person && ` · ${person}`} ${"─".repeat(Math.max(4, 56 - id.length - person.length))}`,
        ),
      );
    },
    show,
    end(label) {
      line(`  the case was: ${styleText("bold", label)}\n`);
    },
  };
}

/** The first `count` conditions as bars, a line each, then what is left for the others. */
export function differentialBars(
  { entries, other }: Differential,
  nameOf: (id: string) => string,
  count: number,
): string {
  const shown = entries.slice(0, count).filter(({ probability }) => probability >= 0.005);
  const rest = other + entries.slice(shown.length).reduce((sum, { probability }) => sum + probability, 0);
  const row = (name: string, p: number): string => `           ${probabilityBar(name, p)}`;
  const bars = shown.map(({ condition, probability }) => row(nameOf(condition), probability));
  return [...bars, ...(rest >= 0.005 ? [row("everything else", rest)] : [])].join("\n");
}

/** A bar, its percentage, and whose it is. */
export function probabilityBar(name: string, p: number): string {
  return `${"█".repeat(Math.round(p * WIDTH)).padEnd(WIDTH, "·")} ${percent(p).padStart(4)} %  ${name}`;
}

/** Never 100: nothing is certain. */
function percent(p: number): string {
  return p > 0.99 ? ">99" : (p * 100).toFixed(0);
}

/** The conclusion in words: list, urgency, why the questions ended, and what this is not. */
export function conclusionText(
  { differential, urgency, reason, abstained, confidence }: Conclude,
  nameOf: (id: string) => string,
): string {
  const listed = differential.entries.filter(({ probability }) => probability > 0.01).slice(0, 12);
  const lines = [
    styleText(
      "bold",
      abstained ? "  No condition stands out. To be considered:" : "  To be considered, likeliest first:",
    ),
  ];
  listed.forEach(({ condition, probability }, index) => {
    const sure = index === 0 && confidence !== undefined ? `  (leads with ${percent(confidence)} %)` : "";
    lines.push(`  ${String(index + 1).padStart(2)}. ${nameOf(condition)}  ${percent(probability)} %${sure}`);
  });
  if (differential.other > 0.01) lines.push(`      something else  ${(differential.other * 100).toFixed(0)} %`);
  if (urgency) lines.push(`  How soon: ${URGENCY_ADVICE[urgency]}`);
  if (reason) lines.push(styleText("dim", `  ${REASONS[reason]}`));
  lines.push(styleText("dim", `  ${DISCLAIMER}`));
  return lines.join("\n");
}

const REASONS = {
  gain: "Stopped: another question would tell too little.",
  confidence: "Stopped: sure enough.",
  budget: "Stopped: the budget of questions is spent.",
  exhausted: "Stopped: nothing is left to ask.",
  "red-flag": "Stopped: a red flag was raised.",
} as const;
