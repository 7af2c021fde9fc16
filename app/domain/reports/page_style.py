"""How the report's page looks."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f5f7; color: #1d2125; -webkit-text-size-adjust: 100%;
  font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 28px 40px; background: #fff; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 16px; }
h2 { font-size: 1.15rem; margin: 28px 0 8px; }
p { margin: 8px 0; }
ul { margin: 8px 0; padding-left: 22px; }
li { margin: 3px 0; }
a { color: #0c5bbf; text-decoration: none; }
a:hover { text-decoration: underline; }
.panel { border-left: 6px solid #5e6c84; background: #f4f5f7; padding: 10px 16px; margin: 14px 0;
  border-radius: 3px; }
.panel.success { border-color: #1f845a; background: #eefaf4; }
.panel.warning { border-color: #b65c02; background: #fff6e6; }
.panel.error { border-color: #c9372c; background: #ffefed; }
.panel.info { border-color: #0c66e4; background: #eef5ff; }
.status { display: inline-block; padding: 0 7px; border-radius: 3px; font-size: .78rem; font-weight: 700;
  line-height: 1.6; text-transform: uppercase; letter-spacing: .02em; white-space: nowrap;
  background: #dfe1e6; color: #253858; }
.status.green { background: #baf3db; color: #164b35; }
.status.yellow { background: #f8e6a0; color: #533f04; }
.status.red { background: #ffd5d2; color: #5d1f1a; }
.status.blue { background: #cce0ff; color: #09326c; }
.panel > p:first-child .status { font-size: .95rem; padding: 1px 10px; margin-right: 4px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 16px;
  margin: 18px 0; }
figure { margin: 0; border: 1px solid #dfe1e6; border-radius: 4px; padding: 6px; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { color: #44546f; }
.wide { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: 5px 12px 5px 0; border-bottom: 1px solid #e4e6ea; }
th { font-weight: 600; color: #44546f; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:first-child { white-space: nowrap; }
tr { break-inside: avoid; }
details { margin: 14px 0; }
summary { cursor: pointer; font-weight: 600; color: #44546f; }
@media (max-width: 600px) {
  main { padding: 16px 14px 32px; }
  h1 { font-size: 1.3rem; }
  figure { padding: 2px; }
  table { font-size: .88rem; }
  td:nth-child(2):not(.number) { min-width: 11rem; }
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
