// The report as PDF: the same blocks, drawn as text and lines on A4; no browser is needed.
import PDFDocument from 'pdfkit';
import type { Block, CardsBlock, Chapter, HeatBlock, ReportDocument, Tone } from './document.ts';
import { drawChart } from './pdf-chart.ts';
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
import { drawTable } from './pdf-table.ts';

const BODY_SIZE = 9;
const CARD_GAP = 8;
const CARDS_IN_ROW = 3;
const HEAT_HEIGHT = 11;
/** A chapter does not begin at the foot of a page. */
const CHAPTER_ROOM = 110;

/** A page's own objects are gathered in memory: a report is some hundred kilobytes. */
export function renderPdf(document: ReportDocument, made: Date): Promise<Buffer> {
  const page: Page = new PDFDocument({
    ...{ size: 'A4', margin: MARGIN, bufferPages: true, lang: 'en' },
    info: { Title: plain(document.title), CreationDate: made, ModDate: made },
  });
  const chunks: Buffer[] = [];
  const ended = new Promise<Buffer>((resolve, reject) => {
    page.on('data', (chunk: Buffer) => chunks.push(chunk));
    page.on('end', () => resolve(Buffer.concat(chunks)));
    page.on('error', reject);
  });
  page.font(BOLD).fontSize(17).text(plain(document.title));
  say(page, document.subtitle, 'dim');
  page.moveDown(0.4).font(BOLD).fontSize(11).text(plain(document.headline)).moveDown(0.3);
  for (const chapter of document.chapters) drawChapter(page, chapter);
  page.moveDown(1);
  for (const text of document.footer) say(page, text, 'dim');
  numberPages(page);
  page.end();
  return ended;
}

function drawChapter(page: Page, { title, blocks }: Chapter): void {
  needRoom(page, CHAPTER_ROOM);
  page.x = MARGIN;
  page.moveDown(0.8).font(BOLD).fontSize(13).fillColor(COLOURS.ink).text(plain(title));
  const { y } = page;
  page
    .moveTo(MARGIN, y)
    .lineTo(MARGIN + widthOf(page), y)
    .lineWidth(0.5)
    .stroke(LINE_COLOUR);
  page.moveDown(0.3);
  for (const block of blocks) {
    page.x = MARGIN;
    draw(page, block);
  }
}

function draw(page: Page, block: Block): void {
  switch (block.kind) {
    case 'text':
      say(page, block.text, block.tone);
      break;
    case 'list':
      for (const { text, tone } of block.items) say(page, `•  ${text}`, tone);
      break;
    case 'cards':
      drawCards(page, block);
      break;
    case 'table':
      drawTable(page, block);
      break;
    case 'chart':
      drawChart(page, block);
      break;
    case 'heat':
      drawHeat(page, block);
      break;
  }
  page.moveDown(0.3);
}

function say(page: Page, text: string, tone?: Tone): void {
  page
    .font('Helvetica')
    .fontSize(BODY_SIZE)
    .fillColor(COLOURS[tone ?? 'ink']);
  page.text(plain(text), MARGIN, undefined, { width: widthOf(page) });
  page.fillColor(COLOURS.ink);
}

function drawCards(page: Page, { cards, note }: CardsBlock): void {
  const width = (widthOf(page) - CARD_GAP * (CARDS_IN_ROW - 1)) / CARDS_IN_ROW;
  const inner = { width: width - 14 };
  for (let first = 0; first < cards.length; first += CARDS_IN_ROW) {
    const row = cards.slice(first, first + CARDS_IN_ROW);
    const heights = row.map(({ title, state, text }) => {
      const head = page
        .font(BOLD)
        .fontSize(BODY_SIZE)
        .heightOfString(plain(`${title}  ${state}`), inner);
      return head + page.font('Helvetica').fontSize(8).heightOfString(plain(text), inner) + 10;
    });
    const height = Math.max(...heights);
    needRoom(page, height + CARD_GAP);
    const { y } = page;
    for (const [index, { title, state, tone, text }] of row.entries()) {
      const x = MARGIN + index * (width + CARD_GAP);
      page.rect(x, y, width, height).fill('#f5f7fa');
      page.rect(x, y, 3, height).fill(COLOURS[tone]);
      page.font(BOLD).fontSize(BODY_SIZE).fillColor(COLOURS.ink);
      page.text(`${plain(title)}  `, x + 9, y + 5, { ...inner, continued: true });
      page.fillColor(COLOURS[tone]).text(plain(state));
      page
        .font('Helvetica')
        .fontSize(8)
        .fillColor(COLOURS.ink)
        .text(plain(text), x + 9, page.y, inner);
    }
    page.x = MARGIN;
    page.y = y + height + CARD_GAP;
  }
  if (note !== undefined) say(page, note, 'dim');
}

function drawHeat(page: Page, { title, rows, columns, shares }: HeatBlock): void {
  needRoom(page, (rows.length + 2) * HEAT_HEIGHT + 20);
  page.font(BOLD).fontSize(BODY_SIZE).text(plain(title)).moveDown(0.2);
  const left = MARGIN + 28;
  const width = (widthOf(page) - 28) / columns.length;
  let { y } = page;
  page.font('Helvetica').fontSize(7).fillColor(COLOURS.dim);
  for (const [hour, column] of columns.entries())
    page.text(column, left + hour * width, y, { width, align: 'center', lineBreak: false });
  for (const [day, hours] of shares.entries()) {
    y += HEAT_HEIGHT;
    page.fillColor(COLOURS.dim).text(rows[day] ?? '', MARGIN, y + 2, { lineBreak: false });
    for (const [hour, share] of hours.entries()) {
      if (share === undefined) continue;
      page.fillOpacity(0.06 + 0.94 * share);
      page
        .rect(left + hour * width, y, width - 1, HEAT_HEIGHT - 1)
        .fill('#0f5ea8')
        .fillOpacity(1);
    }
  }
  page.fillColor(COLOURS.ink);
  page.x = MARGIN;
  page.y = y + HEAT_HEIGHT + 4;
}

function numberPages(page: Page): void {
  const { start, count } = page.bufferedPageRange();
  for (let index = start; index < start + count; index += 1) {
    page.switchToPage(index);
    // Below the margin a text would begin a page of its own.
    page.page.margins.bottom = 0;
    page.font('Helvetica').fontSize(8).fillColor(COLOURS.dim);
    page.text(`${index + 1} / ${count}`, MARGIN, page.page.height - MARGIN + 14, {
      ...{ width: widthOf(page), align: 'right', lineBreak: false },
    });
  }
}
