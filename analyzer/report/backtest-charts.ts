// Inline SVG charts of a backtest: what came with what had been said, and how the error grows with the distance.

import { formatSpan } from '../bottleneck/format.ts';
import type { Example, SubjectReport } from './backtest-report.ts';
import { quantity } from './backtest-text.ts';
import { describeLabels, escapeHtml } from './html.ts';
import {
  HEIGHT,
  linePath,
  type Plot,
  plotOf,
  type Range,
  renderAxes,
  timeLabel,
  timeTicks,
  valueTicks,
  WIDTH,
} from './svg-axes.ts';

/** A band may stretch the chart by this share of what came. */
const MAX_STRETCH = 0.6;
/** A gap of more steps than this is not drawn over. */
const GAP_FACTOR = 2.5;

/** The series as it came, with the forecasts that do not overlap. */
export function exampleChart(example: Example, { unit, signal }: SubjectReport): string {
  const { actual, forecasts, limit } = example;
  if (actual.length < 2) return '';
  const times = [...actual.map(([time]) => time), ...forecasts.flatMap((one) => one.times)];
  const across = rangeOf(times);
  const up = valueRange(example);
  const plot = plotOf(across, up);
  const ticks = timeTicks(across);
  const axes = renderAxes(plot, {
    across: ticks.map((at) => ({ at, label: timeLabel(at, ticks) })),
    up: valueTicks(up).map((at) => ({ at, label: escapeHtml(quantity(at, unit)) })),
  });
  const near = limit !== null && limit >= up.low && limit <= up.high;
  const limitLine = near ? `<path class="limit" d="${horizontal(across, limit, plot)}"/>` : '';
  const lines = pieces(actual).map(
    (piece) => `<path class="actual" d="${linePath(piece, plot)}"/>`,
  );
  const said = forecasts.map((one) => forecastMarks(one, plot)).join('');
  return svg(
    `${signal} ${describeLabels(example.labels)}`,
    axes + said + limitLine + lines.join(''),
  );
}

/** Mean absolute error by distance, beside that of the yardstick. */
export function errorChart(subject: SubjectReport): string {
  const { errorByStep, yardstickErrorByStep, step, unit, signal } = subject;
  const known = [...errorByStep, ...yardstickErrorByStep].filter(Number.isFinite);
  if (known.length < 2) return '';
  const across = { low: 0, high: errorByStep.length * step };
  const up = { low: 0, high: Math.max(...known) * 1.05 || 1 };
  const plot = plotOf(across, up);
  const points = (errors: readonly number[]) =>
    errors.flatMap((error, index) =>
      Number.isFinite(error) ? [[(index + 1) * step, error] as const] : [],
    );
  const axes = renderAxes(plot, {
    across: timeTicks(across).map((at) => ({ at, label: at === 0 ? 'now' : `+${formatSpan(at)}` })),
    up: valueTicks(up).map((at) => ({ at, label: escapeHtml(quantity(at, unit)) })),
  });
  return svg(
    `Mean absolute error of ${signal} by distance`,
    `${axes}<path class="yardstick" d="${linePath(points(yardstickErrorByStep), plot)}"/><path class="median" d="${linePath(points(errorByStep), plot)}"/>`,
  );
}

function forecastMarks({ times, median, bands }: Example['forecasts'][number], plot: Plot): string {
  const areas = bands.map(({ lower, upper }, index) => {
    const there = times.map((time, at) => [time, upper[at]!] as const);
    const back = times.map((time, at) => [time, lower[at]!] as const).reverse();
    return `<path class="band${index === 0 ? ' wide' : ''}" d="${linePath([...there, ...back], plot)}Z"/>`;
  });
  const path = times.map((time, at) => [time, median[at]!] as const);
  return `${areas.join('')}<path class="median" d="${linePath(path, plot)}"/>`;
}

/** What came and what was expected; bands and limit only as far as they leave room for it. */
function valueRange({ actual, forecasts, limit }: Example): Range {
  const core = rangeOf([
    ...actual.map(([, value]) => value),
    ...forecasts.flatMap((one) => one.median),
  ]);
  const room = (core.high - core.low || Math.abs(core.high) || 1) * MAX_STRETCH;
  const edges = forecasts.flatMap(({ bands }) =>
    bands.flatMap(({ lower, upper }) => [...lower, ...upper]),
  );
  const all = [...edges, ...(limit === null ? [] : [limit])];
  const inside = all.filter((value) => value >= core.low - room && value <= core.high + room);
  const { low, high } = rangeOf([core.low, core.high, ...inside]);
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  return { low: low - (low >= 0 && low < margin ? low : margin), high: high + margin };
}

function rangeOf(values: readonly number[]): Range {
  return {
    low: values.reduce((a, b) => Math.min(a, b), Infinity),
    high: values.reduce((a, b) => Math.max(a, b), -Infinity),
  };
}

/** The series without its gaps, piece by piece. */
function pieces(points: Example['actual']): (readonly [number, number])[][] {
  const steps = points.slice(1).map(([time], index) => time - points[index]![0]);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 1;
  const result: (readonly [number, number])[][] = [];
  for (const [index, point] of points.entries()) {
    if (index === 0 || steps[index - 1]! > GAP_FACTOR * usual) result.push([]);
    result.at(-1)!.push(point);
  }
  return result;
}

function horizontal({ low, high }: Range, value: number, plot: Plot): string {
  return `M${plot.x(low)} ${plot.y(value)}H${plot.x(high)}`;
}

function svg(title: string, body: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${body}</svg>`;
}
