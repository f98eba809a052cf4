// The report as one page that needs nothing else: no scripts, images, fonts or styles from elsewhere.

import { pieces } from './chart-block.ts';
import type {
  Block,
  CardsBlock,
  Cell,
  ChartBlock,
  HeatBlock,
  ReportDocument,
  TableBlock,
} from './document.ts';
import { escapeHtml } from './html.ts';
import type { TimePoint } from './report-data.ts';
import { HEIGHT, linePath, plotOf, renderAxes, WIDTH } from './svg-axes.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1b2430;--dim:#5d6b7c;--line:#d9dfe7;--paper:#fff;--card:#f5f7fa;--good:#1a7f4b;--warn:#a15c00;--bad:#c02626;--l0:#0f5ea8;--l1:#b45309;--l2:#1a7f4b;--l3:#8a3ffc;--l4:#c02670}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--dim:#93a1b2;--line:#303b48;--paper:#12171d;--card:#1a2129;--good:#5cc98d;--warn:#f0a44b;--bad:#f27777;--l0:#6cb2f2;--l1:#f0a44b;--l2:#5cc98d;--l3:#b794f6;--l4:#f28ab8}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1.4rem auto;max-width:1060px;padding:0 1.2rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .4rem;border-bottom:1px solid var(--line)}h3{font-size:.95rem;margin:1.1rem 0 .2rem;font-weight:600;overflow-wrap:anywhere}
p{margin:.3rem 0;overflow-wrap:anywhere}.headline{font-size:1.05rem;font-weight:600}.dim{color:var(--dim)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
nav{margin:.5rem 0;font-size:.85rem}nav a{color:var(--dim);margin-right:.8rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(235px,1fr));gap:.6rem;margin:.5rem 0}
.card{background:var(--card);border-left:5px solid var(--line);border-radius:4px;padding:.45rem .7rem;overflow-wrap:anywhere}.card b{display:block}.card p{font-size:.85rem;margin:0}
.card.good{color:inherit;border-color:var(--good)}.card.warn{color:inherit;border-color:var(--warn)}.card.bad{color:inherit;border-color:var(--bad)}.card.dim{color:inherit;border-color:var(--dim)}
.scroll{overflow-x:auto}table{border-collapse:collapse;margin:.4rem 0;font-variant-numeric:tabular-nums;width:100%;font-size:.88rem}
caption{text-align:left;font-weight:600;padding:.2rem 0}th,td{padding:.22rem .55rem;text-align:left;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--dim)}.figure{text-align:right;white-space:nowrap}td:first-child{overflow-wrap:anywhere}
ul{margin:.2rem 0;padding-left:1.2rem}svg{width:100%;height:auto;display:block}svg text{font-size:12px;fill:var(--dim)}.end{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:var(--line);fill:none}
.s{fill:none;stroke-width:1.5}.said{stroke-dasharray:5 3}.band{fill:var(--l1);opacity:.16}.key{display:inline-block;width:1.3em;border-top:3px solid;vertical-align:middle;margin:0 .35em 0 .9em}.keys{font-size:.85rem;overflow-wrap:anywhere}
.heat td,.heat th{padding:0;text-align:center;font-size:.72rem;height:1.15rem;border:1px solid var(--paper)}.heat th{padding-right:.4rem}.heat table{table-layout:fixed}
footer{margin-top:2.4rem;border-top:1px solid var(--line);font-size:.85rem;color:var(--dim)}
@media print{body{max-width:none}nav{display:none}h2{break-after:avoid}svg,.cards,tr{break-inside:avoid}}`;

export function renderHtml(document: ReportDocument): string {
  const { title, subtitle, headline, chapters, footer } = document;
  const links = chapters.map(
    (chapter, index) => `<a href="#c${index}">${escapeHtml(chapter.title)}</a>`,
  );
  const sections = chapters.map(
    (chapter, index) =>
      `<section><h2 id="c${index}">${escapeHtml(chapter.title)}</h2>\n${chapter.blocks.map(render).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${title}, ${subtitle}`)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1><p class="dim">${escapeHtml(subtitle)}</p>
<p class="headline">${escapeHtml(headline)}</p>
${sections[0] ?? ''}
<nav>${links.join('')}</nav>
${sections.slice(1).join('\n')}
<footer>${footer.map((text) => `<p>${escapeHtml(text)}</p>`).join('')}</footer>
</body></html>
`;
}

function render(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p${classOf(block)}>${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li${classOf(item)}>${escapeHtml(item.text)}</li>`).join('')}</ul>`;
    case 'cards':
      return renderCards(block);
    case 'table':
      return renderTable(block);
    case 'chart':
      return renderChart(block);
    case 'heat':
      return renderHeat(block);
  }
}

function renderCards({ cards, note }: CardsBlock): string {
  const items = cards.map(
    ({ title, state, tone, text }) =>
      `<div class="card ${tone}"><b>${escapeHtml(title)} <span class="${tone}">${escapeHtml(state)}</span></b><p>${escapeHtml(text)}</p></div>`,
  );
  const rest = note === undefined ? '' : `<p class="dim">${escapeHtml(note)}</p>`;
  return `<div class="cards">${items.join('')}</div>${rest}`;
}

function renderTable({ title, columns, rows, note }: TableBlock): string {
  const head = columns.map(
    (column) => `<th${column.isFigure ? ' class="figure"' : ''}>${escapeHtml(column.title)}</th>`,
  );
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, index) => `<td${classOf(cell, columns[index]?.isFigure)}>${escapeHtml(cell.text)}</td>`).join('')}</tr>`,
  );
  const rest = note === undefined ? '' : `<p class="dim">${escapeHtml(note)}</p>`;
  return `<div class="scroll"><table><caption>${escapeHtml(title)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>${rest}`;
}

function classOf({ tone }: Cell, isFigure = false): string {
  const names = [isFigure ? 'figure' : undefined, tone].filter((name) => name !== undefined);
  return names.length === 0 ? '' : ` class="${names.join(' ')}"`;
}

function renderChart({ title, lines, band, across, up, step }: ChartBlock): string {
  const plot = plotOf(across, up);
  const axes = renderAxes(plot, {
    across: across.ticks.map(({ at, label }) => ({ at, label: escapeHtml(label) })),
    up: up.ticks.map(({ at, label }) => ({ at, label: escapeHtml(label) })),
  });
  const area =
    band === undefined
      ? ''
      : bandPaths(band, step)
          .map((points) => `<path class="band" d="${linePath(points, plot)}Z"/>`)
          .join('');
  const paths = lines.map(({ points, isForecast }, index) =>
    pieces(points, step)
      .map(
        (piece) =>
          `<path class="s${isForecast ? ' said' : ''}" style="stroke:var(--l${index})" d="${linePath(piece, plot)}"/>`,
      )
      .join(''),
  );
  const keys = lines.map(
    ({ name }, index) =>
      `<span class="key" style="border-color:var(--l${index})"></span>${escapeHtml(name)}`,
  );
  return `<h3>${escapeHtml(title)}</h3><p class="keys">${keys.join('')}</p><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${axes}${area}${paths.reverse().join('')}</svg>`;
}

/** There along the upper edge and back along the lower, piece by piece. */
export function bandPaths(
  { lower, upper }: NonNullable<ChartBlock['band']>,
  step: number,
): TimePoint[][] {
  const below = new Map(lower);
  const both = upper.filter(([time]) => below.has(time));
  return pieces(both, step)
    .filter((piece) => piece.length > 1)
    .map((piece) => [
      ...piece,
      ...piece.map(([time]): TimePoint => [time, below.get(time)!]).reverse(),
    ]);
}

function renderHeat({ title, rows, columns, shares, words }: HeatBlock): string {
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('');
  const body = shares.map((hours, day) => {
    const cells = hours.map((share, hour) => {
      const colour =
        share === undefined
          ? ''
          : ` style="background:color-mix(in srgb,var(--l0) ${Math.round(share * 100)}%,var(--paper))"`;
      return `<td title="${escapeHtml(words[day]?.[hour] ?? '')}"${colour}></td>`;
    });
    return `<tr><th>${escapeHtml(rows[day] ?? '')}</th>${cells.join('')}</tr>`;
  });
  return `<div class="heat"><table><caption>${escapeHtml(title)}</caption><thead><tr><th></th>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
