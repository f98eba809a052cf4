// A backtest as one page that needs nothing else: figures, charts, and what each figure means.
import { errorChart, exampleChart } from './backtest-charts.ts';
import type { BacktestReport, Scores, SubjectReport } from './backtest-report.ts';
import { describeSubject, SCORE_COLUMNS, scoreCells, thresholdSentences } from './backtest-text.ts';
import { describeLabels, escapeHtml } from './html.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1b2430;--dim:#5d6b7c;--line:#d9dfe7;--paper:#fff;--said:#b45309;--came:#0f5ea8;--bad:#c02626}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--dim:#93a1b2;--line:#303b48;--paper:#12171d;--said:#f0a44b;--came:#6cb2f2;--bad:#f27777}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;max-width:980px;padding:0 1.2rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.6rem 0 .1rem;overflow-wrap:anywhere}h3{font-size:.95rem;margin:1.3rem 0 .2rem;font-weight:600;overflow-wrap:anywhere}
p{margin:.2rem 0}.dim{color:var(--dim)}.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:.8rem 0;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,td:first-child{text-align:left}
th{font-weight:600;color:var(--dim)}ul{margin:.3rem 0;padding-left:1.2rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0;color:var(--dim)}
svg{width:100%;height:auto;display:block}svg text{font-size:12px;fill:var(--dim)}.end{text-anchor:end}.middle{text-anchor:middle}
.grid{stroke:var(--line);fill:none}.actual{stroke:var(--came);fill:none;stroke-width:1.4}.median{stroke:var(--said);fill:none;stroke-width:1.8}
.band{fill:var(--said);opacity:.28}.band.wide{opacity:.15}.limit{stroke:var(--bad);stroke-dasharray:6 4;fill:none}.yardstick{stroke:var(--dim);stroke-dasharray:4 3;fill:none;stroke-width:1.6}
.key{display:inline-block;width:1.4em;border-top:3px solid;vertical-align:middle;margin:0 .35em 0 1em}.key:first-child{margin-left:0}`;

/** A whole HTML document without scripts, styles, images or fonts from elsewhere. */
export function renderBacktestPage({ from, to, source, subjects }: BacktestReport): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Backtest of forecasts</title><style>${STYLE}</style></head><body>
<h1>Backtest of forecasts</h1>
<p class="dim">${date(from)} to ${date(to)} UTC, ${escapeHtml(source)}</p>
${subjects.map(section).join('\n')}
<h2>What the figures mean</h2>
<dl>${SCORE_COLUMNS.map(([title, meaning]) => `<dt>${title}</dt><dd>${escapeHtml(meaning)}</dd>`).join('')}</dl>
<p class="dim">Every forecast was made from what was there at its moment, by the code that forecasts live.</p>
</body></html>
`;
}

function section(subject: SubjectReport): string {
  const { signal, all, absent } = subject;
  const missing = absent.map(
    ({ reason, detail, count }) =>
      `<li>at ${count} origins: ${escapeHtml(`${reason}: ${detail}`)}</li>`,
  );
  const head = `<h2>${escapeHtml(signal)}</h2><p class="dim">${escapeHtml(describeSubject(subject))}</p>`;
  const gaps = missing.length > 0 ? `<ul class="dim">${missing.join('')}</ul>` : '';
  if (all === null) return `${head}<p>No forecast could be held against what came.</p>${gaps}`;
  return `${head}${table(subject, all)}${dates(subject)}${gaps}${charts(subject)}`;
}

function table({ byModel, unit }: SubjectReport, all: Scores): string {
  const row = (name: string, scores: Scores) =>
    `<tr><td>${escapeHtml(name)}</td>${scoreCells(scores, unit)
      .map((cell) => `<td>${escapeHtml(cell)}</td>`)
      .join('')}</tr>`;
  const titles = SCORE_COLUMNS.map(
    ([title, meaning]) => `<th title="${escapeHtml(meaning)}">${title}</th>`,
  );
  const rows = byModel.map((scores) => row(scores.model, scores));
  if (byModel.length > 1) rows.push(row('all', all));
  return `<div class="scroll"><table><thead><tr><th>model</th>${titles.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function dates({ threshold }: SubjectReport): string {
  if (threshold === null) return '';
  const items = thresholdSentences(threshold).map((text) => `<li>${escapeHtml(text)}</li>`);
  return `<ul>${items.join('')}</ul>`;
}

function charts(subject: SubjectReport): string {
  const key = (colour: string, text: string) =>
    `<span class="key" style="border-color:var(--${colour})"></span>${text}`;
  const examples = subject.examples.map(
    (example) =>
      `<h3>${escapeHtml(describeLabels(example.labels) || subject.signal)}</h3>${exampleChart(example, subject)}`,
  );
  const errors = errorChart(subject);
  const distance =
    errors === ''
      ? ''
      : `<h3>Mean absolute error by distance</h3><p class="dim">${key('said', 'forecast')}${key('dim', 'yardstick')}</p>${errors}`;
  if (examples.length === 0) return distance;
  const limited = subject.examples.some(({ limit }) => limit !== null);
  return `<p class="dim">${key('came', 'what came')}${key('said', 'what had been said, with its 80 % and 95 % intervals')}${limited ? key('bad', 'limit') : ''}</p>${examples.join('')}${distance}`;
}

function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}
