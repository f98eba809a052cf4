// A table of the PDF: columns as wide as they need, long words in several lines, its head again on every page.
import type { Cell, TableBlock } from './document.ts';
import {
  BOLD,
  COLOURS,
  LINE_COLOUR,
  MARGIN,
  needRoom,
  type Page,
  plain,
  widthOf,
} from './pdf-page.ts';

const SIZE = 8;
const PADDING = 3;
/** A column asks for no more than this share of the paper; what is longer is broken. */
const MAX_SHARE = 0.36;

export function drawTable(page: Page, { title, columns, rows, note }: TableBlock): void {
  const widths = widthsOf(page, columns, rows);
  const head: readonly Cell[] = columns.map((column) => ({ text: column.title, tone: 'dim' }));
  const drawRow = (cells: readonly Cell[], font: string) => {
    page.font(font).fontSize(SIZE);
    const { y } = page;
    let x = MARGIN;
    for (const [index, { text, tone }] of cells.entries()) {
      const width = widths[index]! - 2 * PADDING;
      const align = columns[index]?.isFigure === true ? 'right' : 'left';
      page
        .fillColor(COLOURS[tone ?? 'ink'])
        .text(plain(text), x + PADDING, y + PADDING, { width, align });
      x += widths[index]!;
    }
    const bottom = y + heightOf(page, cells, widths);
    page.moveTo(MARGIN, bottom).lineTo(x, bottom).lineWidth(0.4).stroke(LINE_COLOUR);
    page.x = MARGIN;
    page.y = bottom;
  };
  needRoom(page, 60);
  page.font(BOLD).fontSize(9).fillColor(COLOURS.ink).text(plain(title), MARGIN);
  drawRow(head, BOLD);
  for (const row of rows) {
    page.font('Helvetica').fontSize(SIZE);
    if (page.y + heightOf(page, row, widths) > page.page.height - MARGIN) {
      page.addPage();
      drawRow(head, BOLD);
    }
    drawRow(row, 'Helvetica');
  }
  page.fillColor(COLOURS.dim).fontSize(SIZE);
  if (note !== undefined) page.text(plain(note), MARGIN, page.y + 2);
  page.fillColor(COLOURS.ink);
}

/** With the font that is set. */
function heightOf(page: Page, cells: readonly Cell[], widths: readonly number[]): number {
  const heights = cells.map(({ text }, index) =>
    page.heightOfString(plain(text), { width: widths[index]! - 2 * PADDING }),
  );
  return Math.max(...heights) + 2 * PADDING;
}

/** What the longest text asks for, within its share; all together as wide as the paper. */
function widthsOf(page: Page, columns: TableBlock['columns'], rows: TableBlock['rows']): number[] {
  const room = widthOf(page);
  page.font(BOLD).fontSize(SIZE);
  const asked = columns.map(({ title }, index) => {
    const texts = [title, ...rows.map((row) => row[index]?.text ?? '')];
    const widest = Math.max(...texts.map((text) => page.widthOfString(plain(text))));
    return Math.min(room * MAX_SHARE, widest + 2 * PADDING + 2);
  });
  const sum = asked.reduce((all, width) => all + width, 0);
  return asked.map((width) => (width * room) / sum);
}
