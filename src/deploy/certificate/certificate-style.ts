/** The style sheet of a certificate: light and dark as the reader's system has it, and for paper. */
export const CERTIFICATE_STYLE = `
:root {
  --ink: #1b2430; --soft: #5b6878; --line: #d9dfe7; --ground: #f5f7fa; --card: #ffffff;
  --good: #0f7a45; --good-ground: #e4f5ec; --bad: #b3261e; --bad-ground: #fdeae8; --note: #8a5a00; --note-ground: #fdf3dc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6ebf2; --soft: #98a5b6; --line: #2e3846; --ground: #10151c; --card: #18202a;
    --good: #62d49a; --good-ground: #12301f; --bad: #ff9a92; --bad-ground: #3a1715; --note: #f0c36a; --note-ground: #33270c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 2.5rem 1.5rem 4rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, nav, main, footer { max-width: 68rem; margin: 0 auto; }
header { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 2rem; }
.kind { margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: .1rem 0 1.25rem; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 .25rem; font-size: 1.2rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: .95rem; font-weight: 600; overflow-wrap: anywhere; }
.verdict { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; padding: .9rem 1.2rem;
  border-radius: 8px; border-left: 5px solid; }
.verdict strong { font-size: 1.35rem; }
.verdict.proven { color: var(--good); background: var(--good-ground); }
.verdict.not-proven { color: var(--bad); background: var(--bad-ground); }
.verdict span { color: var(--ink); }
.reasons, .notes { margin-top: 1.25rem; }
.reasons h2, .notes h2 { font-size: .95rem; }
.reasons h2 { color: var(--bad); }
.notes h2 { color: var(--note); }
ul { margin: .25rem 0 0; padding-left: 1.2rem; }
li { overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 1rem; margin: 1.75rem 0; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: .85rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; margin: 0; padding-top: 1.25rem;
  border-top: 1px solid var(--line); font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; padding: 1.1rem .25rem; font-size: .9rem; }
nav a { color: var(--soft); text-decoration: none; border-bottom: 1px solid var(--line); }
nav a:hover, nav a:focus { color: var(--ink); border-color: var(--ink); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem 2rem; margin-bottom: 1.25rem; }
section > p { margin: 0 0 .75rem; color: var(--soft); font-size: .9rem; }
.none { color: var(--soft); font-size: .9rem; margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--line); white-space: nowrap; }
th, td { padding: .4rem .9rem .4rem 0; vertical-align: top; }
td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
tbody tr:last-child td { border-bottom: 0; }
.right { text-align: right; white-space: nowrap; }
code, pre { font: .8rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .4rem 0 0; padding: .7rem; background: var(--ground); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; }
.rows > summary { color: var(--soft); font-size: .9rem; }
blockquote { margin: 0 0 .5rem; padding-left: .8rem; border-left: 3px solid var(--line); color: var(--soft); font-size: .85rem; }
.badge { display: inline-block; white-space: nowrap; padding: 0 .5rem; border-radius: 4px; font-size: .8rem; font-weight: 600; }
.badge.passed { color: var(--good); background: var(--good-ground); }
.badge.failed { color: var(--bad); background: var(--bad-ground); }
.badge.noted { color: var(--note); background: var(--note-ground); }
footer { color: var(--soft); font-size: .85rem; padding: .5rem .25rem; }
@media (max-width: 40rem) { body { padding: 1rem .75rem; } header, section { padding: 1.1rem; } }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; --card: #fff;
    --good: #0a5c33; --good-ground: #fff; --bad: #8c1d17; --bad-ground: #fff; --note: #6b4600; --note-ground: #fff; }
  body { padding: 0; font-size: 10pt; }
  header, section { border: 0; padding: 0; margin-bottom: 1rem; }
  .verdict { border: 2px solid; }
  nav, summary::marker { display: none; }
  .scroll { overflow: visible; }
  h2, h3, tr { break-inside: avoid; break-after: auto; }
  h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  ::details-content { content-visibility: visible; display: block; }
  .rows > summary { display: none; }
  .badge { padding: 0; }
}
`;
