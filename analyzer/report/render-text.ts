// The report as plain text: for a terminal, the text part of a mail, a message.

import { pieces } from './chart-block.ts';
import type { Block, Cell, ChartBlock, HeatBlock, ReportDocument, TableBlock } from './document.ts';

const WIDTH = 100;
const SPARKS = [...'▁▂▃▄▅▆▇█'];
const SPARK_WIDTH = 56;
const MAX_CELL = 44;
const BULLET = '  - ';

export function renderText({
  title,
  subtitle,
  headline,
  chapters,
  footer,
}: ReportDocument): string {
  const lines = [title, subtitle, '', headline, ''];
  for (const chapter of chapters) {
    lines.push(chapter.title.toUpperCase(), '='.repeat(chapter.title.length));
    for (const block of chapter.blocks) lines.push(...linesOf(block), '');
  }
  return `${[...lines, ...footer].join('\n')}\n`;
}

function linesOf(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return wrap(block.text, WIDTH);
    case 'list':
      return block.items.map(({ text }) => `${BULLET}${text}`);
    case 'cards':
      return [
        ...block.cards.map(
          ({ title, state, text }) => `  ${title}: ${state.toUpperCase()} – ${text}`,
        ),
        ...(block.note === undefined ? [] : [`  ${block.note}`]),
      ];
    case 'table':
      return tableLines(block);
    case 'chart':
      return chartLines(block);
    case 'heat':
      return heatLines(block);
  }
}

function tableLines({ title, columns, rows, note }: TableBlock): string[] {
  const texts = rows.map((row) => row.map(({ text }: Cell) => cut(text)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...texts.map((row) => lengthOf(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((text, index) => pad(text, widths[index]!, columns[index]?.isFigure === true)).join('  ')}`.trimEnd();
  return [
    title,
    line(columns.map((column) => column.title)),
    ...texts.map(line),
    ...(note === undefined ? [] : [`  ${note}`]),
  ];
}

/** One line of blocks for each series, from the bottom of the axis to its top. */
function chartLines({ title, lines, across, up, step }: ChartBlock): string[] {
  const names = Math.max(...lines.map(({ name }) => Math.min(MAX_CELL, lengthOf(name))));
  const sparks = lines.map(({ name, points }) => {
    const sums = new Float64Array(SPARK_WIDTH);
    const counts = new Float64Array(SPARK_WIDTH);
    for (const [time, value] of pieces(points, step).flat()) {
      const share = (time - across.low) / (across.high - across.low);
      const at = Math.min(SPARK_WIDTH - 1, Math.max(0, Math.floor(share * SPARK_WIDTH)));
      sums[at]! += value;
      counts[at]! += 1;
    }
    const spark = Array.from(sums, (sum, index) => {
      if (counts[index] === 0) return ' ';
      const share = (sum / counts[index]! - up.low) / (up.high - up.low);
      const level = Math.floor(share * SPARKS.length);
      return SPARKS[Math.min(SPARKS.length - 1, Math.max(0, level))]!;
    });
    return `  ${pad(cut(name), names, false)} ${spark.join('')}`.trimEnd();
  });
  const { ticks } = up;
  const ends = ticks.length < 2 ? '' : ` (${ticks[0]!.label} to ${ticks.at(-1)!.label})`;
  return [`${title}${ends}`, ...sparks];
}

function heatLines({ title, rows, shares }: HeatBlock): string[] {
  const level = (share: number | undefined) =>
    share === undefined
      ? ' '
      : SPARKS[Math.min(SPARKS.length - 1, Math.floor(share * SPARKS.length))]!;
  return [
    `${title} (0 to 23 o'clock)`,
    ...shares.map((hours, day) => `  ${rows[day]} ${hours.map(level).join('')}`.trimEnd()),
  ];
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && lengthOf(line) + lengthOf(word) >= width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_CELL ? text : `${characters.slice(0, MAX_CELL - 1).join('')}…`;
}

function pad(text: string, width: number, isFigure: boolean): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return isFigure ? space + text : text + space;
}

function lengthOf(text: string): number {
  return [...text].length;
}
