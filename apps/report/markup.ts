/** HTML as a template: whatever is put in is escaped, unless it is markup already. */

export interface Markup {
  readonly markup: string;
}

/** False and undefined leave nothing; lists are joined. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return trusted(parts.map((part, i) => (i === 0 ? part : render(contents[i - 1]) + part)).join(""));
}

/** Markup that was made and escaped elsewhere. */
export function trusted(markup: string): Markup {
  return { markup };
}

/** A table with a row of headings; every row begins with what it is about. */
export function table(headings: readonly Content[], rows: readonly (readonly Content[])[]): Markup {
  const body = rows.map(
    ([about, ...cells]) => html`<tr><th scope="row">${about}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  );
  return html`<table>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${body}</tbody></table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(content: Content): string {
  if (content === undefined || content === false) return "";
  if (typeof content === "string" || typeof content === "number") {
    return String(content).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
  }
  return "markup" in content ? content.markup : content.map(render).join("");
}
