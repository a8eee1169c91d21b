/** The look of the report: one quiet column of text, figures in two, light and dark, fit for paper. */
export const STYLE = `
:root {
  color-scheme: light;
  --paper: #fdfcfa; --ink: #1f2328; --soft: #5b626b; --faint: #a3a9b0; --rule: #e4e2dd;
  --accent: #1f6f8b; --second: #b4552d; --notice: #fbf1e3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #16181b; --ink: #e3e1dc; --soft: #a0a6ad; --faint: #646b73; --rule: #2d3136;
    --accent: #6bb8d3; --second: #e39469; --notice: #2c2419;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1.0625rem/1.55 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
}
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1, h2, h3, table, figure, dl, summary, .line { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; }
h2 { margin: 3rem 0 0.75rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: 1.2rem; font-weight: 650; }
h3 { margin: 0 0 0.5rem; font-size: 0.95rem; font-weight: 650; }
p { max-width: 42rem; margin: 0.75rem 0; }
.line { margin-top: 0.4rem; color: var(--soft); font-size: 0.95rem; }
.notice { padding: 0.75rem 1rem; border-left: 3px solid var(--second); background: var(--notice); }
code { font: 0.85em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; color: var(--soft); }
table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0 0.4rem 1rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: baseline; }
th { font-weight: 400; }
thead th { color: var(--soft); font-size: 0.8rem; }
th:first-child { padding-left: 0; text-align: left; }
td, thead th { white-space: nowrap; }
.measures { max-width: 46rem; }
.measures table { width: 100%; }
.measures code { white-space: nowrap; }
.figures { columns: 2 22rem; column-gap: 3rem; margin-top: 1.25rem; }
figure { margin: 0 0 2.25rem; max-width: 29rem; break-inside: avoid; }
figure svg { --plot-background: var(--paper); width: 100%; height: auto; }
figcaption { margin-top: 0.5rem; color: var(--soft); font-size: 0.85rem; line-height: 1.45; }
details { margin-top: 0.4rem; font-size: 0.85rem; }
summary { width: fit-content; color: var(--accent); font-size: 0.85rem; cursor: pointer; }
figure table { width: 100%; margin-top: 0.25rem; font-size: 0.8rem; }
figure td { white-space: normal; }
figure :is(th, td) { padding-block: 0.2rem; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 0.35rem 1.5rem; font-size: 0.9rem; }
dt { color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
dd details { margin: 0; }
dd ul { margin: 0.25rem 0; padding-left: 1.1rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: 0.95rem; }
@media (max-width: 32rem) {
  body { font-size: 1rem; }
  main { padding-top: 1.5rem; }
  th, td { padding-left: 0.6rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.5rem; }
}
@media print {
  :root { font-size: 8.5pt; }
  body { background: none; }
  main { max-width: none; padding: 0; }
  figure details { display: none; }
  .figures { columns: 2; }
  h2, h3 { break-after: avoid; }
}
@page { margin: 18mm; }
`;
