// One chapter of quantities: of each a chart of the largest, and a table with the change against the time before.
import { chartBlock } from './chart-block.ts';
import type { Block, Chapter, TableBlock } from './document.ts';
import { missing } from './missing.ts';
import type { CHAPTERS, MeasureReport, MeasureRow, Report } from './report-data.ts';
import { cell, changeOf, figure, nameOf, percent } from './words.ts';
import type { Zone } from './zone.ts';

const MAX_LINES = 5;
const MAX_SHOWN = 15;
const SEEN_ALWAYS = 0.995;

export function layOutMeasures(
  title: (typeof CHAPTERS)[number],
  report: Report,
  zone: Zone,
): Chapter {
  const own = report.measures.filter(({ chapter }) => chapter === title);
  return { title, blocks: own.flatMap((measure) => blocksOf(measure, report, zone)) };
}

function blocksOf(measure: MeasureReport, range: Report, zone: Zone): Block[] {
  const { title, unit, section } = measure;
  if (!('data' in section)) return [missing(title, section.missing)];
  const { rows, more } = section.data;
  const shown = rows.slice(0, MAX_SHOWN);
  const lines = rows
    .slice(0, MAX_LINES)
    .map(({ labels, points }) => ({ name: nameOf(labels), points }));
  const name = rows.length > MAX_LINES ? `${title}: the ${MAX_LINES} highest` : title;
  const chart = chartBlock({ title: name, unit, lines, range, zone });
  const hidden = rows.length - shown.length + more;
  const table: TableBlock = {
    ...{ kind: 'table', title, columns: COLUMNS },
    rows: shown.map((row) => cellsOf(row, unit, zone)),
    note: hidden > 0 ? `and ${hidden} more series with a lower mean` : undefined,
  };
  return [...(chart === undefined ? [] : [chart]), table];
}

const COLUMNS: TableBlock['columns'] = [
  { title: 'Where' },
  { title: 'Mean', isFigure: true },
  { title: 'Change', isFigure: true },
  { title: '95 % below', isFigure: true },
  { title: 'Highest', isFigure: true },
  { title: 'When' },
  { title: 'Seen', isFigure: true },
];

function cellsOf(row: MeasureRow, unit: string, zone: Zone) {
  const { labels, mean, p95, peak, peakAt, seenRatio } = row;
  const isSteady = peak === 0;
  return [
    cell(nameOf(labels)),
    cell(figure(mean, unit)),
    cell(changeOf(row, unit)),
    cell(figure(p95, unit)),
    cell(figure(peak, unit)),
    cell(isSteady ? '–' : zone.minute(peakAt), 'dim'),
    cell(percent(seenRatio), seenRatio < SEEN_ALWAYS ? 'warn' : 'dim'),
  ];
}
