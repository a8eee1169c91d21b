/** A chat as lines of text: what is new in each state, once. Knows neither the keyboard nor the connection. */
import type { ChatState, DifferentialView, Entry, Understanding } from "../client/index.ts";
import { probabilityBar } from "./view.ts";
import { wordWrap } from "./word-wrap.ts";

export type Style = "bold" | "dim" | "alarm";

export interface ChatViewOptions {
  readonly write: (text: string) => unknown;
  readonly paint: (style: Style, text: string) => string;
  /** Columns. */
  readonly width: number;
  /** Shows the agent's words as they come. */
  readonly streams: boolean;
  /** Shows what this client's person said too; what came from elsewhere is shown in any case. */
  readonly echoes: boolean;
}

export interface ChatView {
  /** Shows what is new. */
  update(state: ChatState): void;
  /** It is the person's turn: what can be answered, and for clinicians where the differential stands. */
  offer(state: ChatState): void;
  /** A line from the program itself. */
  note(text: string): void;
  differential(view: DifferentialView, most?: number): void;
}

const BARS = 4;
/** Findings named for and against a condition. */
const NAMED = 4;
const DOT = " · ";
/** A space at which no line breaks; an ordinary one once it is shown. */
const HARD = "\u00a0";

const together = (text: string): string => text.replaceAll(" ", HARD);

export function chatView({ write, paint, width, streams, echoes }: ChatViewOptions): ChatView {
  const out = { write };
  const shown = new Set<string>();
  const understood = new Map<string, string>();
  /** The agent's words that are shown already, and the line they stand on. */
  let streamed = "";
  let line = wordWrap(out, { width });
  let offered: unknown;
  let bars = "";
  let isWaiting = false;

  const paragraph = (text: string, indent = ""): void => {
    const wrap = wordWrap(out, { width, indent });
    wrap.write(printable(text));
    wrap.end();
  };
  const painted = (style: Style, text: string, indent = ""): void => {
    let lines = "";
    const wrap = wordWrap({ write: (piece) => (lines += piece) }, { width, indent });
    wrap.write(printable(text));
    wrap.end();
    for (const each of lines.trimEnd().split("\n")) write(`${paint(style, each.replaceAll(HARD, " ").trimEnd())}\n`);
  };

  const stream = (text: string): void => {
    const piece = printable(text);
    if (!streams || !piece.startsWith(streamed) || piece === streamed) return;
    if (streamed === "") write("\n");
    line.write(piece.slice(streamed.length));
    streamed = piece;
  };
  const agentSaid = (text: string): void => {
    const whole = printable(text);
    const begun = streamed.trimEnd();
    if (streamed !== "" && whole.startsWith(begun)) {
      line.write(whole.slice(begun.length));
      line.end();
    } else {
      if (streamed !== "") line.end();
      write("\n");
      paragraph(whole);
    }
    streamed = "";
    line = wordWrap(out, { width });
  };

  /** What was understood before a place; all in one line. */
  const hear = (findings: readonly Understanding[], before = Number.POSITIVE_INFINITY): void => {
    const news = findings.filter((each) => each.seq < before && understood.get(each.finding) !== meaning(each));
    if (news.length === 0 || streamed !== "") return;
    for (const each of news) understood.set(each.finding, meaning(each));
    painted("dim", `understood: ${news.map(meaning).join(DOT)}`, "  ");
  };

  const show = (entry: Entry): void => {
    switch (entry.kind) {
      case "person":
        if (echoes || entry.status !== "sending") write(`> ${printable(entry.text)}\n`);
        break;
      case "agent":
        agentSaid(entry.text);
        break;
      case "red-flag":
        write("\n");
        painted("alarm", `URGENT: ${entry.message}`, "!! ");
        painted("alarm", `Emergency number: ${entry.emergencyNumber}`, "!! ");
        break;
      case "conclusion":
        agentSaid(entry.text);
        if (entry.differential) {
          write("\n");
          painted("bold", "To be considered");
          differential(entry.differential);
        }
        if (!entry.text.includes(entry.disclaimer)) painted("dim", entry.disclaimer);
        break;
      case "handed-off":
        agentSaid(entry.text);
        if (!entry.text.includes(entry.disclaimer)) painted("dim", entry.disclaimer);
        break;
      case "note":
        painted("dim", entry.text, "  ");
        break;
      case "error":
        painted("bold", `Not sent: ${entry.message}. ${entry.advice}`, "  ");
        break;
      default:
        entry satisfies never;
    }
  };

  const differential = ({ conditions, other }: DifferentialView, most = Number.POSITIVE_INFINITY): void => {
    const ranked = Object.values(conditions).sort((a, b) => b.probability - a.probability);
    for (const condition of ranked.slice(0, most)) {
      write(`  ${probabilityBar(printable(condition.name), condition.probability)}\n`);
      for (const side of ["for", "against"] as const) {
        const named = condition[side].slice(0, NAMED).map((each) => {
          return `${each.state === "absent" ? "no " : ""}${each.name} ${signed(each.weight)}`;
        });
        if (named.length > 0) painted("dim", `${together(side.padEnd(8))}${named.join(DOT)}`, "      ");
      }
    }
    const rest = ranked.slice(most).reduce((sum, { probability }) => sum + probability, other);
    if (rest >= 0.005) write(`  ${probabilityBar("everything else", rest)}\n`);
  };

  return {
    update(state) {
      const { connection, entries, streaming } = state;
      if ((connection === "waiting") !== isWaiting && (isWaiting ? connection === "open" : true)) {
        isWaiting = connection === "waiting";
        painted("dim", isWaiting ? "(The connection is lost; it is tried again.)" : "(Connected again.)", "  ");
      }
      if (streaming === undefined && streamed !== "" && !entries.some(({ key }) => !shown.has(key))) {
        // The rest was lost with the connection; the whole follows.
        line.end();
        streamed = "";
      }
      if (streaming !== undefined) {
        hear(state.understood);
        stream(streaming);
      }
      for (const entry of entries) {
        if (shown.has(entry.key)) continue;
        shown.add(entry.key);
        if ("seq" in entry && entry.seq !== undefined) hear(state.understood, entry.seq);
        show(entry);
      }
    },
    offer({ question, understood: findings, differential: view }) {
      hear(findings);
      if (question && question !== offered) {
        const labels = question.suggestions.map(({ label }, index) => together(`${index + 1}) ${label}`));
        if (labels.length > 0) painted("dim", labels.join(`${together("  ")} `), "  ");
        offered = question;
      }
      const now = JSON.stringify(view);
      if (view && findings.length > 0 && now !== bars) {
        write("\n");
        differential(view, BARS);
        bars = now;
      }
    },
    note: (text) => painted("dim", text, "  "),
    differential,
  };
}

/** "fever: yes", "onset of the complaint: over days", "temperature: 39 °C". */
function meaning({ name, state, values, number, unit }: Understanding): string {
  if (state === "unknown") return `${name}: not sure`;
  if (number !== undefined) return `${name}: ${number}${unit === undefined ? "" : ` ${unit}`}`;
  if (state === "present" && values?.length) return `${name}: ${values.join(", ")}`;
  return `${name}: ${state === "present" ? "yes" : "no"}`;
}

const signed = (weight: number): string => `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(1)}`;

/** Without what would command the terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "");
}
