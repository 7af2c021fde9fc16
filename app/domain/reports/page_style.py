"""How the report's page looks: by day and by night, on phones and on paper.

In the dark a chart's colours are turned over and their hues kept: it is the same drawing.
"""

STYLE = """
:root { color-scheme: light dark;
  --ground: #f4f5f7; --page: #fff; --ink: #1d2125; --soft: #44546f; --line: #dfe1e6; --link: #0c5bbf;
  --success: #1f845a; --success-back: #eefaf4; --warning: #b65c02; --warning-back: #fff6e6;
  --error: #c9372c; --error-back: #ffefed; --info: #0c66e4; --info-back: #eef5ff;
  --neutral: #5e6c84; --neutral-back: #f4f5f7; --mark: #253858; --mark-back: #dfe1e6;
  --green: #164b35; --green-back: #baf3db; --yellow: #533f04; --yellow-back: #f8e6a0;
  --red: #5d1f1a; --red-back: #ffd5d2; --blue: #09326c; --blue-back: #cce0ff; }
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #101214; --page: #1b1f23; --ink: #dfe3e8; --soft: #a3afbd; --line: #3a424b; --link: #85b8ff;
    --success: #4bce97; --success-back: #1c3329; --warning: #fea362; --warning-back: #3a2a12;
    --error: #f87168; --error-back: #3d201d; --info: #579dff; --info-back: #1a2b45;
    --neutral: #8c9bab; --neutral-back: #22272b; --mark: #c7d1db; --mark-back: #3a424b;
    --green: #baf3db; --green-back: #216e4e; --yellow: #f8e6a0; --yellow-back: #6b4e0a;
    --red: #ffd5d2; --red-back: #8e2a22; --blue: #cce0ff; --blue-back: #0c469c; }
  figure svg { filter: invert(.92) hue-rotate(180deg); }
  figure svg > rect:first-of-type { fill: none; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 28px 40px; background: var(--page); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 16px; }
h2 { font-size: 1.15rem; margin: 28px 0 8px; }
p { margin: 8px 0; overflow-wrap: break-word; }
ul { margin: 8px 0; padding-left: 22px; }
li { margin: 3px 0; overflow-wrap: break-word; }
a { color: var(--link); text-decoration: none; }
p a, li a { white-space: nowrap; }
a:hover, a:focus-visible { text-decoration: underline; }
.panel { border-left: 6px solid var(--neutral); background: var(--neutral-back); padding: 10px 16px;
  margin: 14px 0; border-radius: 3px; }
.panel.success { border-color: var(--success); background: var(--success-back); }
.panel.warning { border-color: var(--warning); background: var(--warning-back); }
.panel.error { border-color: var(--error); background: var(--error-back); }
.panel.info { border-color: var(--info); background: var(--info-back); }
.status { display: inline-block; padding: 0 7px; border-radius: 3px; font-size: .78rem; font-weight: 700;
  line-height: 1.6; text-transform: uppercase; letter-spacing: .02em; white-space: nowrap;
  background: var(--mark-back); color: var(--mark); }
.status.green { background: var(--green-back); color: var(--green); }
.status.yellow { background: var(--yellow-back); color: var(--yellow); }
.status.red { background: var(--red-back); color: var(--red); }
.status.blue { background: var(--blue-back); color: var(--blue); }
.panel > p:first-child .status { font-size: .95rem; padding: 1px 10px; margin-right: 4px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 16px;
  margin: 18px 0; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 4px; padding: 6px; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
figure.whole { overflow-x: auto; grid-column: 1 / -1; }
figcaption { color: var(--soft); }
.wide { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: 5px 12px 5px 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:first-child, td:nth-child(2) > strong:only-child { white-space: nowrap; }
tr { break-inside: avoid; }
details { margin: 14px 0; }
summary { cursor: pointer; font-weight: 600; color: var(--soft); }
@media (max-width: 600px) {
  main { padding: 16px 14px 32px; }
  h1 { font-size: 1.3rem; }
  figure { padding: 2px; }
  figure.whole svg { min-width: 600px; }
  table { font-size: .88rem; }
  td:nth-child(2):not(.number):not(:has(> strong:only-child)) { min-width: 11rem; }
  .figures, .figures tbody, .figures td { display: block; }
  .figures thead { display: none; }
  .figures tr { display: grid; grid-template-columns: 1fr auto; padding: 8px 0;
    border-bottom: 1px solid var(--line); }
  .figures td { border: 0; padding: 0; min-width: 0; }
  .figures td:nth-child(3) { grid-column: 1 / -1; color: var(--soft); }
  .many, .many tbody, .many td { display: block; }
  .many thead, .many td:empty, .many td:nth-child(n+3):empty { display: none; }
  .many tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .many td, .many td.number { border: 0; padding: 1px 0; text-align: left; white-space: normal; }
  .many td:nth-child(n+3), .many td.number { display: inline-block; margin-right: 16px; }
  .many :is(td:nth-child(n+3), .number)[data-title]::before {
    content: attr(data-title) ": "; color: var(--soft); }
}
@media print {
  body { background: #fff; font-size: 11pt; }
  main { max-width: none; padding: 0; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  .panel, .status { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .wide { overflow: visible; }
  a { color: inherit; }
  h2 { break-after: avoid; }
  @page { margin: 14mm; }
}
"""
