/** A held batch as lines of text. Pure: batch in, text out; knows neither the keyboard nor the mailbox. */
import type { HeldBatch, HeldGroup, HeldTrajectory, Reason } from "../../gpu-trainer/index.ts";
import {
  baselineName,
  binsOf,
  byAdvantage,
  endText,
  figuresOf,
  figureText,
  plural,
  signedText,
} from "../server/review-view.ts";
import type { Style } from "./chat-view.ts";
import type { Draft } from "./review-commands.ts";

export interface ReviewStyle {
  readonly paint: (style: Style, text: string) => string;
  /** Columns. */
  readonly width: number;
}

/** Groups that are shown unasked; `l` shows all. */
const SHOWN = 4;
/** Trajectories of a group that are shown unasked. */
const TRAJECTORIES = 8;
const BAR = 24;

/** What the batch is, why it was held, how its rewards lie, and the groups with the largest advantages. */
export function batchText(held: HeldBatch, style: ReviewStyle): string {
  const { groups, step, round, objective, lag, version, reasons } = held;
  const { trajectories, rewardMean, correct, questionsMean, keptGroups } = figuresOf(held);
  const counts = `${plural(groups.length, "group")}, ${plural(trajectories, "trajectory", "trajectories")}`;
  const title = [
    `step ${step} is held`,
    ...(round > 0 ? [`corrected ${round === 1 ? "once" : `${round} times`}`] : []),
  ];
  const facts = [objective, counts, `${keptGroups} kept`, `version ${version}, lag ${lag}`];
  const shares = `mean ${figureText(rewardMean)}, ${correct} of ${trajectories} right, ${questionsMean.toFixed(1)} questions`;
  return [
    "",
    style.paint("bold", rule(title.join(", "), style.width)),
    facts.join(" · "),
    ...reasonLines(reasons, style),
    "",
    `${style.paint("bold", "Rewards")}  ${shares}`,
    ...histogramLines(held),
    ...groupsLines(held, byAdvantage(groups).slice(0, SHOWN), style),
    ...(groups.length > SHOWN ? [style.paint("dim", `… and ${groups.length - SHOWN} more: l lists them all`)] : []),
    "",
  ].join("\n");
}

/** All groups, those with the largest advantages first. */
export function allGroupsText(held: HeldBatch, style: ReviewStyle): string {
  return `${groupsLines(held, byAdvantage(held.groups), style).join("\n")}\n`;
}

/** A group with all its trajectories. */
export function groupText(held: HeldBatch, group: HeldGroup, style: ReviewStyle): string {
  return `${groupLines(held, group, style, Number.POSITIVE_INFINITY).join("\n")}\n`;
}

export function transcriptText(group: HeldGroup, index: number, style: ReviewStyle): string {
  const trajectory = group.trajectories[index]!;
  const { reward, advantage, transcript } = trajectory;
  const title = `${group.id}, trajectory ${index}`;
  const facts = `reward ${figureText(reward)}, advantage ${signedText(advantage)}, ${endText(trajectory)}`;
  return [
    "",
    style.paint("bold", rule(printable(title), style.width)),
    style.paint("dim", facts),
    ...(group.labels.length > 0 ? [style.paint("dim", `the case: ${printable(group.labels.join(", "))}`)] : []),
    printable(transcript),
    style.paint("dim", "─".repeat(style.width)),
    "",
  ].join("\n");
}

/** What would be sent. */
export function draftText({ rewards, rejectGroups }: Draft): string {
  const corrected = [...rewards.values()].map(
    ({ group, trajectory, reward }) => `${printable(group)} ${trajectory}: ${figureText(reward)}`,
  );
  const parts = [
    ...(corrected.length > 0 ? [`rewards ${corrected.join(", ")}`] : []),
    ...(rejectGroups.size > 0 ? [`without ${printable([...rejectGroups].join(", "))}`] : []),
  ];
  return parts.length > 0 ? `To be corrected: ${parts.join("; ")}.` : "Nothing is to be corrected.";
}

/** Where to decide when nobody sits at this terminal. */
export function elsewhereText(held: HeldBatch, directory: string): string {
  const { step, round, reasons } = held;
  const why = reasons.length > 0 ? ` (${printable(reasons.map(({ message }) => message).join("; "))})` : "";
  const again = round > 0 ? " again, with corrected rewards," : "";
  const where = `run \`anamnesis serve --review ${directory}\` and open /review`;
  return `step ${step} is held${again} for a decision${why}: ${where}\n`;
}

function reasonLines(reasons: readonly Reason[], { paint }: ReviewStyle): string[] {
  if (reasons.length === 0) return [];
  const named = ({ groups }: Reason): string => {
    if (groups.length === 0) return "";
    const more = groups.length > 3 ? ` and ${groups.length - 3} more` : "";
    return ` (${printable(groups.slice(0, 3).join(", "))}${more})`;
  };
  return ["", ...reasons.map((reason) => `${paint("alarm", "odd")}  ${printable(reason.message)}${named(reason)}`)];
}

/** A bar for each bin that holds something. */
function histogramLines({ rewards }: HeldBatch): string[] {
  const bins = binsOf(rewards);
  const most = Math.max(1, ...rewards.counts);
  const label = (from: number, to: number): string =>
    from === to ? figureText(from) : `${figureText(from)} to ${figureText(to)}`;
  const wide = Math.max(0, ...bins.map(({ from, to }) => label(from, to).length));
  const lines = bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => {
      const bar = "█".repeat(Math.max(1, Math.round((count / most) * BAR)));
      return `  ${label(from, to).padStart(wide)}  ${bar} ${count}`;
    });
  return rewards.notFinite > 0 ? [...lines, `  ${"no number".padStart(wide)}  ${rewards.notFinite}`] : lines;
}

function groupsLines(held: HeldBatch, groups: readonly HeldGroup[], style: ReviewStyle): string[] {
  return groups.flatMap((group) => groupLines(held, group, style, TRAJECTORIES));
}

function groupLines({ groups, objective }: HeldBatch, group: HeldGroup, style: ReviewStyle, most: number): string[] {
  const { id, labels, domain, baseline, kept, trajectories } = group;
  const number = groups.indexOf(group) + 1;
  const facts = [
    labels.join(", "),
    domain,
    `${baselineName(objective)} ${figureText(baseline, 3)}`,
    ...(kept ? [] : ["takes no part"]),
  ].filter((fact) => fact !== "");
  const left = trajectories.length - most;
  return [
    "",
    `${style.paint("bold", `${number}) ${printable(id)}`)}  ${printable(facts.join(" · "))}`,
    style.paint("dim", `   ${"#".padStart(2)} ${"reward".padStart(9)} ${"advantage".padStart(9)}  ended`),
    ...trajectories.slice(0, most).flatMap((each, index) => trajectoryLines(each, index, style)),
    ...(left > 0 ? [style.paint("dim", `   … and ${left} more: g ${number} shows them`)] : []),
  ];
}

function trajectoryLines(trajectory: HeldTrajectory, index: number, { paint, width }: ReviewStyle): string[] {
  const { reward, advantage, questions, ranked, components } = trajectory;
  const figures = `${figureText(reward).padStart(9)} ${signedText(advantage, 3).padStart(9)}`;
  const named = ranked.slice(0, 3).join(", ");
  const words = [endText(trajectory), plural(questions, "question"), ...(named ? [printable(named)] : [])].join(" · ");
  const terms = Object.entries(components);
  const line = `   ${String(index).padStart(2)} ${figures}  ${words}`;
  const shown = terms.map(([name, value]) => `${printable(name)} ${signedText(value)}`).join(" · ");
  return [
    line.length > width ? `${line.slice(0, width - 1)}…` : line,
    ...(terms.length > 1 ? [paint("dim", `${" ".repeat(26)}${shown}`)] : []),
  ];
}

function rule(title: string, width: number): string {
  return `── ${title} ${"─".repeat(Math.max(3, width - title.length - 4))}`;
}

/** Without what would command the terminal: a policy may write anything. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "");
}
