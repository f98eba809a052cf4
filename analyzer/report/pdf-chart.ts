// A chart of the PDF: the very paths of the page's SVG, scaled to the width of the paper.
import { pieces } from './chart-block.ts';
import type { ChartBlock } from './document.ts';
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
import { bandPaths } from './render-html.ts';
import { HEIGHT, linePath, plotOf, WIDTH } from './svg-axes.ts';

const LINE_COLOURS = ['#0f5ea8', '#b45309', '#1a7f4b', '#8a3ffc', '#c02670'];
const LABEL_SIZE = 13;
/** As it is in the SVG. */
const LEFT = 78;
const RIGHT = 34;
const BOTTOM = 30;

export function drawChart(page: Page, chart: ChartBlock): void {
  const scale = widthOf(page) / WIDTH;
  needRoom(page, HEIGHT * scale + 40);
  page.font(BOLD).fontSize(9).fillColor(COLOURS.ink).text(plain(chart.title), MARGIN);
  drawKeys(page, chart);
  const top = page.y + 4;
  page.save();
  page.translate(MARGIN, top).scale(scale);
  const plot = plotOf(chart.across, chart.up);
  drawAxes(page, chart, plot);
  if (chart.band !== undefined) {
    for (const points of bandPaths(chart.band, chart.step))
      page
        .path(`${linePath(points, plot)}Z`)
        .fillOpacity(0.16)
        .fill(LINE_COLOURS[1]!);
    page.fillOpacity(1);
  }
  for (const [index, { points, isForecast }] of chart.lines.entries()) {
    for (const piece of pieces(points, chart.step)) {
      page.path(linePath(piece, plot)).lineWidth(1.6);
      if (isForecast === true) page.dash(5, { space: 3 });
      page.stroke(LINE_COLOURS[index] ?? COLOURS.ink).undash();
    }
  }
  page.restore();
  page.fillColor(COLOURS.ink);
  page.x = MARGIN;
  page.y = top + HEIGHT * scale + 2;
}

function drawKeys(page: Page, { lines }: ChartBlock): void {
  page.font('Helvetica').fontSize(8);
  for (const [index, { name }] of lines.entries()) {
    const isLast = index === lines.length - 1;
    page.fillColor(LINE_COLOURS[index] ?? COLOURS.ink);
    page.text(`— ${plain(name)}${isLast ? '' : '     '}`, { continued: !isLast });
  }
}

function drawAxes(page: Page, { across, up }: ChartBlock, plot: ReturnType<typeof plotOf>): void {
  const bottom = HEIGHT - BOTTOM;
  page.font('Helvetica').fontSize(LABEL_SIZE).lineWidth(1);
  for (const { at, label } of up.ticks) {
    const y = plot.y(at);
    page
      .moveTo(LEFT, y)
      .lineTo(WIDTH - RIGHT, y)
      .stroke(LINE_COLOUR)
      .fillColor(COLOURS.dim);
    page.text(plain(label), 0, y - 5, { width: LEFT - 8, align: 'right', lineBreak: false });
  }
  for (const { at, label } of across.ticks) {
    const x = plot.x(at);
    page
      .moveTo(x, bottom)
      .lineTo(x, bottom + 5)
      .stroke(LINE_COLOUR)
      .fillColor(COLOURS.dim);
    page.text(plain(label), x - 60, bottom + 9, { width: 120, align: 'center', lineBreak: false });
  }
}
