// A chart of one signal by uPlot: lines, bands around them, a limit, and the moment that is now.
import { memo, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { axisTexts, axisTimeText, quantityText } from '../data/text.ts';
import { ChartTable } from './chart-table.tsx';

const HEIGHT = 300;
const MIN_WIDTH = 200;

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Names a colour of the style sheet: --chart-NAME. */
  readonly color: string;
  readonly dash?: readonly [number, number];
  readonly width: number;
}

export interface Band {
  readonly label: string;
  readonly upper: readonly (number | null)[];
  readonly lower: readonly (number | null)[];
  readonly color: string;
}

export interface ChartProps {
  /** What is seen, in one sentence, for those who do not see it. */
  readonly label: string;
  /** Unix seconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly bands: readonly Band[];
  readonly unit: string;
  /** Unix seconds; a line between what was and what is expected. */
  readonly now?: number;
}

export const Chart = memo(function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number>();
  const [theme, setTheme] = useState(0);
  useEffect(() => watchTheme(() => setTheme((before) => before + 1)), []);
  useEffect(() => {
    const element = box.current;
    if (element === null || theme < 0) return undefined;
    const plot = new uPlot(optionsOf(props, element, setIndex), dataOf(props), element);
    const resize = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(MIN_WIDTH, element.clientWidth), height: HEIGHT }),
    );
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [props, theme]);
  return (
    <figure className="chart">
      <div ref={box} role="img" aria-label={props.label} className="chart-box" />
      <figcaption>
        <Legend {...props} index={index} />
        <ChartTable {...props} />
      </figcaption>
    </figure>
  );
});

/** What the colours mean and, beneath the cursor, the values. */
function Legend({ times, lines, bands, unit, index }: ChartProps & { index: number | undefined }) {
  const told = (values: readonly (number | null)[]) =>
    index === undefined || values[index] == null ? '' : quantityText(values[index], unit);
  const time = index === undefined ? undefined : times[index];
  const entries = [
    ...lines.map(({ label, color, values }) => ({ label, color, text: told(values) })),
    ...bands.map(({ label, color, lower, upper }) => ({
      ...{ label, color },
      text: told(lower) === '' ? '' : `${told(lower)} – ${told(upper)}`,
    })),
  ];
  return (
    <ul className="legend" aria-label="Legend">
      {entries.map(({ label, color, text }) => (
        <li key={label}>
          <span className={`swatch ${color}`} aria-hidden="true" />
          {label}
          {text !== '' && <strong>{text}</strong>}
        </li>
      ))}
      {time !== undefined && (
        <li className="legend-time">{new Date(time * 1000).toLocaleString()}</li>
      )}
    </ul>
  );
}

/** The edges of the bands come first: the lines are drawn on top of them. */
function dataOf({ times, lines, bands }: ChartProps): uPlot.AlignedData {
  const edges = bands.flatMap(({ upper, lower }) => [[...upper], [...lower]]);
  return [[...times], ...edges, ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  props: ChartProps,
  element: HTMLElement,
  onCursor: (index: number | undefined) => void,
): uPlot.Options {
  const color = (name: string) => resolveColor(element, `var(--chart-${name})`);
  return {
    width: Math.max(MIN_WIDTH, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: true, y: false } },
    scales: { x: { time: true } },
    axes: axesOf(props, color),
    series: seriesOf(props, color),
    bands: props.bands.map(({ color: name }, index) => ({
      series: [2 * index + 1, 2 * index + 2] as [number, number],
      fill: color(name),
    })),
    hooks: {
      setCursor: [({ cursor }) => onCursor(cursor.idx ?? undefined)],
      draw: [(plot) => drawNow(plot, props.now, color('text'))],
    },
  };
}

type Color = (name: string) => string;

function axesOf({ unit, times }: ChartProps, color: Color): uPlot.Axis[] {
  const line = { stroke: color('grid'), width: 1 };
  const axis = { stroke: color('text'), grid: line, ticks: line };
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const isLong = span >= 86_400;
  return [
    {
      ...axis,
      space: isLong ? 130 : 85,
      values: (_plot, ticks) => ticks.map((tick) => axisTimeText(tick, span)),
    },
    { ...axis, size: 78, values: (_plot, ticks) => axisTexts(ticks, unit) },
  ];
}

function seriesOf({ lines, bands }: ChartProps, color: Color): uPlot.Series[] {
  const edge = { stroke: 'transparent', width: 0, points: { show: false } };
  return [
    {},
    ...bands.flatMap(() => [edge, edge]),
    ...lines.map(({ label, color: name, dash, width }) => ({
      ...{ label, width, stroke: color(name), points: { show: false } },
      ...(dash === undefined ? {} : { dash: [...dash] }),
    })),
  ];
}

/** A canvas knows no variables of the style sheet: the browser resolves them on an element. */
function resolveColor(element: HTMLElement, value: string): string {
  element.style.color = value;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

function drawNow(plot: uPlot, now: number | undefined, color: string): void {
  if (now === undefined) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(now, 'x', true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function watchTheme(onChange: () => void): () => void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', onChange);
  window.addEventListener('guard-theme', onChange);
  return () => {
    system.removeEventListener('change', onChange);
    window.removeEventListener('guard-theme', onChange);
  };
}
