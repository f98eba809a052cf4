// A flame graph as one HTML page that loads nothing: boxes as SVG, a table of the hottest functions, a few lines of script.
import { readFileSync } from 'node:fs';
import type { Hotspot } from './collectors/perf/profile.ts';
import { type FlameBox, type FlameLayout, layOutFlames } from './flamegraph-layout.ts';

const BOX_HEIGHT = 18;
/** Reds to yellows, light enough for black text. */
const WARM = [
  '#f7a072',
  '#f9b384',
  '#f6c177',
  '#fbd087',
  '#f4a698',
  '#f2b880',
  '#ffd6a5',
  '#f7c59f',
];
const KERNEL = '#9bc4e2';
const UNKNOWN = '#c9ccd1';

export interface FlamePage {
  readonly group: string;
  readonly seconds: number;
  readonly stacks: ReadonlyMap<string, number>;
  readonly hotspots: readonly Hotspot[];
  /** Of the Content-Security-Policy under which the page is sent. */
  readonly nonce: string;
}

export interface FlamePageAssets {
  readonly style: string;
  readonly script: string;
}

/** The style and the script beside this file. */
export function readFlamePageAssets(): FlamePageAssets {
  const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
  return { style: read('flamegraph.css'), script: read('flamegraph-client.mjs') };
}

/** Only the style and the script with the nonce; nothing is loaded, sent or framed. */
export function flamePagePolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return `default-src 'none'; script-src ${own}; style-src ${own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** Every text that comes from the host is escaped. */
export function renderFlamePage(page: FlamePage, { style, script }: FlamePageAssets): string {
  const { group, seconds, stacks, nonce } = page;
  const layout = layOutFlames(stacks);
  const name = escapeHtml(group);
  const body =
    layout.samples === 0
      ? `<p>No samples: the processes of this group used no CPU in these ${seconds} s.</p>`
      : `${graphHtml(layout, name)}${tableHtml(page.hotspots, layout.samples)}
<script nonce="${nonce}" type="module">${script}</script>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flame graph of ${name}</title><style nonce="${nonce}">${style}</style></head>
<body><h1>Flame graph of ${name}</h1>
<p>${layout.samples} samples of running code in ${seconds} s. Callers are above what they call; the wider, the more CPU time.</p>
${body}
</body></html>
`;
}

/** `<` becomes `&lt;` and so on: safe as text and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function graphHtml({ boxes, depth, omitted }: FlameLayout, group: string): string {
  const hint =
    omitted === 0
      ? 'Click a box to zoom in, Escape to zoom out.'
      : `Click a box to zoom in, Escape to zoom out. ${omitted} boxes are too small to be drawn.`;
  const label = `Flame graph of ${group}; the table below has the hottest functions as text`;
  return `<div class="tools"><label>Search <input id="search" type="search" autocomplete="off"></label>
<button id="reset" type="button" disabled>Zoom out</button><span id="detail" role="status">${hint}</span></div>
<svg id="graph" role="img" aria-label="${label}" width="100%" height="${depth * BOX_HEIGHT}">
${boxes.map((box) => boxSvg(box, boxes[0]!.samples)).join('\n')}
</svg>`;
}

/** A nested svg clips its text, so that nothing has to be measured. */
function boxSvg({ name, depth, start, width, samples }: FlameBox, total: number): string {
  const title = `${escapeHtml(name)}: ${samples} samples, ${percent(samples / total)}`;
  const place = `x="${percentAttribute(start)}" y="${depth * BOX_HEIGHT}" width="${percentAttribute(width)}"`;
  const data = `data-start="${start}" data-width="${width}" data-depth="${depth}"`;
  return `<svg ${place} height="${BOX_HEIGHT}" ${data}><title>${title}</title><rect width="100%" height="100%" fill="${colorOf(name)}"/><text x="4" y="13">${escapeHtml(name)}</text></svg>`;
}

function tableHtml(hotspots: readonly Hotspot[], samples: number): string {
  const rows = hotspots.map(
    ({ symbol, object, ratio }) =>
      `<tr><td class="number">${percent(ratio)}</td><td class="number">${Math.round(ratio * samples)}</td><td>${escapeHtml(symbol)}</td><td>${escapeHtml(object)}</td></tr>`,
  );
  return `<h2>Hottest functions</h2><table><caption>The functions that were running themselves in most samples, without what they call</caption>
<thead><tr><th class="number" scope="col">Share</th><th class="number" scope="col">Samples</th><th scope="col">Function</th><th scope="col">Object</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
}

/** The same name has the same colour in every graph. */
function colorOf(name: string): string {
  if (/^\[.*\]$/.test(name)) return name === '[kernel]' ? KERNEL : UNKNOWN;
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) % 65_521;
  return WARM[hash % WARM.length]!;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function percentAttribute(ratio: number): string {
  return `${(ratio * 100).toFixed(4)}%`;
}
