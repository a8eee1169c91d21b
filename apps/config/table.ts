/** The settings as a table in Markdown: what docs/configuration.md shows between its marks. */
import { SETTINGS, type Setting } from "./tree.ts";

export function settingsTable(): string {
  const head = ["| setting | variable | default | |", "| --- | --- | --- | --- |"];
  return [...head, ...SETTINGS.map(row)].join("\n");
}

function row({ name, variable, also, secret, fallback, about }: Setting): string {
  const shown = Array.isArray(fallback) ? fallback.join(",") : String(fallback ?? "");
  const variables = [variable, ...(secret ? ["…`_FILE`"] : []), ...(also === undefined ? [] : [also])];
  const told = variables.map((each) => (each.startsWith("…") ? each : `\`${each}\``)).join(", ");
  return `| \`${name}\` | ${told} | ${shown && `\`${shown}\``} | ${about.replaceAll("|", "\\|")} |`;
}
