/**
 * The style sheet of the HTML report. Colours are custom properties set once for light, dark and print; text
 * pairs keep a contrast of 4.5:1, marks 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #161b22; --soft: #555f6d; --rule: #dde2e8; --faint: #eef1f4;
  --go: #11703a; --go-wash: #e4f5ea; --hold: #8a5200; --hold-wash: #fdf1d8; --no-go: #b3202c; --no-go-wash: #fde8e8;
  --inconclusive: #6b2fb3; --inconclusive-wash: #f1e9fb; --on-strong: #ffffff;
  --arm-0: #c2410c; --arm-1: #1d5fbf; --arm-2: #0f766e; --arm-3: #9333c4; --arm-4: #a8174e; --arm-5: #4d5866;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1217; --card: #161c24; --ink: #e8ecf1; --soft: #a3aebb; --rule: #2c3541; --faint: #1e2630;
    --go: #5fd38d; --go-wash: #12301f; --hold: #f2b84b; --hold-wash: #37290c; --no-go: #ff8a8a; --no-go-wash: #431a1d;
    --inconclusive: #c79bff; --inconclusive-wash: #2c1e45; --on-strong: #0e1217;
    --arm-0: #ff9a5c; --arm-1: #6fb1ff; --arm-2: #4fd1c0; --arm-3: #d39bff; --arm-4: #ff8fb5; --arm-5: #aab5c2;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 1160px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 28px; display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; justify-content: space-between; }
header p { margin: 0; color: var(--soft); font-size: 14px; }
.brand { font-size: 15px; font-weight: 650; letter-spacing: .01em; color: var(--ink); }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
h2 { font-size: 22px; margin: 48px 0 6px; }
h3 { font-size: 18px; margin: 0; overflow-wrap: anywhere; }
.lead { margin: 0 0 16px; color: var(--soft); max-width: 75ch; }
code { font: 13px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.banner { margin-top: 16px; border-radius: 14px; padding: 26px 30px 24px; border: 1px solid var(--strong); border-left-width: 12px; background: var(--wash); }
.banner h1 { margin: 0; font-size: 54px; letter-spacing: -.01em; color: var(--strong); }
.banner .meaning { margin: 2px 0 0; color: var(--soft); }
.banner .headline { margin: 14px 0 0; font-size: 20px; line-height: 1.4; font-weight: 550; max-width: 70ch; text-wrap: pretty; }
.banner h2 { margin: 22px 0 4px; font-size: 16px; }
.banner ol { margin: 0; padding-left: 22px; max-width: 85ch; }
.banner li { margin: 4px 0; }
.banner li b { font-weight: 650; }
.tally { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; margin: 18px 0 0; padding: 0; }
.GO, .go { --strong: var(--go); --wash: var(--go-wash); }
.HOLD, .hold { --strong: var(--hold); --wash: var(--hold-wash); }
.NO-GO, .no-go { --strong: var(--no-go); --wash: var(--no-go-wash); }
.inconclusive { --strong: var(--inconclusive); --wash: var(--inconclusive-wash); }
.quick { margin: 16px 0 0; padding: 10px 16px; border: 2px dashed var(--hold); border-radius: 10px; background: var(--hold-wash); font-weight: 550; }
.badge { display: inline-block; white-space: nowrap; border-radius: 999px; padding: 2px 12px; font-size: 14px; font-weight: 650; background: var(--strong); color: var(--on-strong); }
.badge.quiet { background: var(--wash); color: var(--strong); box-shadow: inset 0 0 0 1px var(--strong); }
.chip { display: inline-block; white-space: nowrap; border: 1px solid var(--rule); border-radius: 6px; padding: 0 8px; font-size: 13px; color: var(--soft); background: var(--faint); }
.chip.weak { border-color: var(--inconclusive); color: var(--inconclusive); background: var(--inconclusive-wash); font-weight: 600; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; padding: 20px 22px; margin: 0 0 20px; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--arm-1); outline-offset: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
caption { text-align: left; color: var(--soft); font-size: 14px; padding: 0 0 8px; }
th, td { text-align: left; vertical-align: top; padding: 8px 14px 8px 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th.number { white-space: normal; min-width: 68px; }
thead th { font-size: 13px; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--rule); vertical-align: bottom; }
tbody th { font-weight: 600; }
tbody + tbody tr:first-child > *, .rows tbody tr + tr > * { border-top: 1px solid var(--rule); }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.arm { white-space: nowrap; }
.number small, .arm small { display: block; color: var(--soft); font-weight: 400; font-size: 12.5px; }
.gates td { font-variant-numeric: tabular-nums; }
.gates .gate-name { min-width: 165px; }
.gates .gate-name small { display: block; color: var(--soft); font-weight: 400; }
.gates .why td { padding-top: 0; padding-bottom: 16px; }
.gates tbody tr:first-child > * { padding-top: 14px; }
.why p { margin: 0 0 4px; max-width: 88ch; }
.why .fine { color: var(--soft); font-size: 13.5px; }
.nowrap { white-space: nowrap; }
.absent-words { color: var(--inconclusive); font-weight: 600; white-space: nowrap; }
.cell-head { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin-bottom: 4px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 12px 28px; margin-top: 20px; }
figure { margin: 0; }
figcaption { font-size: 14px; color: var(--soft); margin-bottom: 6px; }
figcaption b { color: var(--ink); }
.reductions { list-style: none; margin: 14px 0 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 10px 18px; }
.reductions li { border-left: 4px solid var(--arm-0); padding-left: 12px; font-size: 14px; color: var(--soft); }
.reductions b { display: block; font-size: 22px; line-height: 1.25; color: var(--ink); font-variant-numeric: tabular-nums; }
.note { margin: 12px 0 0; padding: 8px 14px; border-left: 5px solid var(--inconclusive); background: var(--inconclusive-wash); border-radius: 0 8px 8px 0; font-size: 14.5px; overflow-wrap: anywhere; }
.note + .scroll { margin-top: 18px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; margin: 0; font-size: 15px; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
details summary { cursor: pointer; font-weight: 600; }
details table { margin-top: 12px; font-size: 13px; }
details td, details tbody th { padding: 3px 14px 3px 0; font-weight: 400; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 22px; padding: 0; margin: 8px 0 0; font-size: 14px; }
.legend svg { width: 16px; height: 16px; vertical-align: -3px; margin-right: 6px; }
footer { color: var(--soft); font-size: 13px; padding-top: 24px; padding-bottom: 48px; }
svg.chart { display: block; width: 100%; height: auto; font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
figure .scroll svg.chart { min-width: 640px; }
.gates svg.chart { width: 150px; }
.chart text { fill: var(--ink); }
.chart .tick { fill: var(--soft); font-size: 12px; }
.chart .name { font-weight: 600; }
.chart .group { font-weight: 600; font-size: 13px; }
.chart .value { font-size: 12.5px; font-variant-numeric: tabular-nums; }
.chart .absent { fill: var(--inconclusive); font-weight: 600; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.chart .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
.chart .interval { stroke-width: 4; stroke-linecap: round; opacity: .45; }
.chart .dot, .legend .dot { stroke: var(--card); stroke-width: 1.5; }
.chart .middle { stroke: var(--soft); stroke-width: 1.5; }
.chart .disturbed { fill: none; stroke: var(--hold); stroke-width: 2; stroke-dasharray: 3 2; }
.chart .absent { fill: var(--inconclusive); font-weight: 600; }
.chart .limit { stroke: var(--no-go); stroke-width: 1.5; stroke-dasharray: 2 4; }
.chart .limit-point { fill: var(--card); stroke: var(--no-go); stroke-width: 2; }
.chart .limit-label { fill: var(--no-go); font-size: 12px; font-weight: 600; }
.zone.go { fill: var(--go); opacity: .35; } .zone.hold { fill: var(--hold); opacity: .28; } .zone.no-go { fill: var(--no-go); opacity: .35; }
.needle { fill: var(--ink); } .whisker { stroke: var(--ink); stroke-width: 2; }
.arm-0 { stroke: var(--arm-0); } .arm-1 { stroke: var(--arm-1); stroke-dasharray: 9 4; } .arm-2 { stroke: var(--arm-2); stroke-dasharray: 2 5; }
.arm-3 { stroke: var(--arm-3); stroke-dasharray: 12 4 2 4; } .arm-4 { stroke: var(--arm-4); stroke-dasharray: 5 3; } .arm-5 { stroke: var(--arm-5); stroke-dasharray: 1 4; }
.interval { stroke-dasharray: none; }
.chart .arm-text-0, .arm-fill-0 { fill: var(--arm-0); } .chart .arm-text-1, .arm-fill-1 { fill: var(--arm-1); } .chart .arm-text-2, .arm-fill-2 { fill: var(--arm-2); }
.chart .arm-text-3, .arm-fill-3 { fill: var(--arm-3); } .chart .arm-text-4, .arm-fill-4 { fill: var(--arm-4); } .chart .arm-text-5, .arm-fill-5 { fill: var(--arm-5); }
@media (max-width: 640px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  .banner { padding: 18px 18px 16px; } .banner h1 { font-size: 42px; } .banner .headline { font-size: 18px; }
  .card { padding: 14px; } .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 8px; }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --faint: #fff; --on-strong: #fff;
    --go: #11703a; --go-wash: #fff; --hold: #8a5200; --hold-wash: #fff; --no-go: #b3202c; --no-go-wash: #fff; --inconclusive: #6b2fb3; --inconclusive-wash: #fff;
    --arm-0: #c2410c; --arm-1: #1d5fbf; --arm-2: #0f766e; --arm-3: #9333c4; --arm-4: #a8174e; --arm-5: #4d5866;
  }
  body { font-size: 11pt; } main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  .card, .banner, figure, .gates tbody, .rows tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .card.long { break-inside: auto; }
  .card { padding: 10px 12px; } .scroll { overflow: visible; } table { font-size: 9.5pt; } .gates svg.chart { width: 100px; }
  .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact; } svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .figures { grid-template-columns: 1fr 1fr; } details::details-content { content-visibility: visible; height: auto; display: block; }
}
`;
