/** The page that every report is: it loads nothing, runs nothing, and says what its figures are not. */
import { type Content, html, trusted } from "./markup.ts";
import { STYLE } from "./style.ts";

export interface Page {
  readonly title: string;
  /** Besides the reports' own. */
  readonly style?: string;
  readonly header: Content;
  readonly body: Content;
}

export function page({ title, style = "", header, body }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trusted(STYLE + style)}</style>
</head>
<body>
<main>
<header>
${header}
</header>
${body}
<footer>
<p>Anamnesis is research and decision-support software. It is not a medical device, and these figures are no claim of
clinical validity: simulated patients answer more evenly than people do. Nothing here is medical advice.</p>
</footer>
</main>
</body>
</html>
`.markup;
}
