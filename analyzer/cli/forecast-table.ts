// What `guard forecast` prints: for each series a chart, then when the limit is crossed, then how far to trust it.
import { formatSpan } from '../bottleneck/format.ts';
import type { Answer, AnsweredSeries } from '../pipeline/replay-answer.ts';
import type { NoQueryForecast, QueryForecast } from '../pipeline/replay-query.ts';
import { type ChartStyle, chartLegend, renderChart } from './chart.ts';
import { fit, printable, renderColumns } from './columns.ts';
import { differingLabels, formatDate, formatLabels, formatValue, zoneName } from './quantity.ts';

/** The past that is drawn, in horizons. */
const PAST_HORIZONS = 1.25;
/** What the figures beside the labels need. */
const FIGURES_WIDTH = 64;
const MIN_LABELS_WIDTH = 16;

export interface PrintOptions {
  readonly unit: string;
  readonly maxCharts: number;
  readonly style: ChartStyle;
}

/** Every line fits the columns of the style, colour codes not counted, unless a table needs more. */
export function renderForecast(answer: Answer, options: PrintOptions): string[] {
  const made = answer.series.flatMap(({ made }) => ('reason' in made ? [] : [made]));
  const refused = answer.series.flatMap(({ made }) => ('reason' in made ? [made] : []));
  return [
    ...made.slice(0, options.maxCharts).flatMap((one) => [...chartOf(one, options), '']),
    ...(made.length > 0 ? [...crossings(answer, made, options), ''] : []),
    ...trust(answer, options),
    ...refused.map((one) => refusal(one)),
    ...cut(answer),
  ];
}

/** What the table cannot show of a series without forecast. */
export function refusal({ labels, reason, detail }: NoQueryForecast): string {
  return `No forecast for ${formatLabels(labels)}: ${reason}: ${printable(detail)}`;
}

function chartOf(made: QueryForecast, { unit, style }: PrintOptions): string[] {
  const { history, forecast, end, step, limit, horizon } = made;
  const learnt = `, from ${formatSpan(history.values.length * step)} of history`;
  const shown = Math.ceil((PAST_HORIZONS * horizon) / step);
  const offset = Math.max(0, history.values.length - shown);
  const past = Array.from(history.values.subarray(offset), (value, index) => ({
    time: history.start + (offset + index) * step,
    value,
  }));
  const median = Array.from(forecast.median, (value, index) => ({
    time: end + (index + 1) * step,
    value,
  }));
  const bands = forecast.intervals.map(({ lower, upper }) => ({
    lower: [...lower],
    upper: [...upper],
  }));
  const levels = forecast.intervals.map(({ level }) => level);
  return [
    `${style.paint(fit(formatLabels(made.labels), style.columns - learnt.length), 'bold')}${learnt}`,
    ...renderChart({ past, median, bands, limit, unit }, style),
    `${' '.repeat(12)}${chartLegend(style, levels)}   times in ${zoneName(end)}`,
  ];
}

/** The dates, where a limit was given; else what is expected at the end. */
function crossings(
  { request }: Answer,
  made: readonly QueryForecast[],
  { unit, style }: PrintOptions,
): string[] {
  const names = namesOf(made, style.columns);
  const at = (one: QueryForecast) => formatValue(one.forecast.median.at(-1)!, unit);
  const base = (one: QueryForecast) => [
    names.get(one) ?? '',
    formatValue(one.value, unit),
    at(one),
  ];
  const columns = [
    { title: 'series' },
    { title: 'now', align: 'right' as const },
    { title: `in ${formatSpan(request.horizon)}`, align: 'right' as const },
  ];
  if (request.limit === undefined) {
    const edges = (one: QueryForecast) =>
      one.forecast.intervals.map(
        ({ lower, upper }) =>
          `${formatValue(lower.at(-1)!, unit)} – ${formatValue(upper.at(-1)!, unit)}`,
      );
    const titles = request.levels.map((level) => ({ title: `${level * 100} %` }));
    return renderColumns(
      [...columns, ...titles],
      made.map((one) => [...base(one), ...edges(one)]),
    );
  }
  const word = request.direction === 'above' ? 'reaches' : 'falls to';
  const dates = (one: QueryForecast) => {
    const { p10, p50, p90 } = one.timeToThreshold!;
    return [p10, p50, p90].map((seconds) => dateOf(one, seconds));
  };
  return [
    `When it ${word} ${formatValue(request.limit, unit)}`,
    ...renderColumns(
      [...columns, { title: 'early (p10)' }, { title: 'expected (p50)' }, { title: 'late (p90)' }],
      made.map((one) => [...base(one), ...dates(one)]),
    ),
  ];
}

function dateOf({ end, horizon }: QueryForecast, seconds: number): string {
  if (seconds === 0) return 'already';
  return Number.isFinite(seconds) ? formatDate(end + seconds, end) : `> ${formatSpan(horizon)}`;
}

/** The labels that tell the series apart, as long as the width allows. */
function namesOf(made: readonly QueryForecast[], columns: number): Map<unknown, string> {
  const names = differingLabels(made.map(({ labels }) => labels)).map(formatLabels);
  const width = Math.max(MIN_LABELS_WIDTH, columns - FIGURES_WIDTH);
  return new Map(made.map((one, index) => [one, fit(names[index]!, width)]));
}

/** How right the same model was on the same series, some horizons ago. */
function trust({ series }: Answer, { unit, style }: PrintOptions): string[] {
  const all = series.flatMap(({ made }) => ('reason' in made ? [] : [made]));
  const names = namesOf(all, style.columns);
  const rows = series.flatMap(({ made, backtest }: AnsweredSeries) => {
    if ('reason' in made || backtest === undefined) return [];
    const name = names.get(made) ?? '';
    if (backtest === null) return [[name, made.forecast.model, 'none']];
    const figure = (value: number | null, text = (v: number) => v.toFixed(2)) =>
      value === null ? '–' : text(value);
    const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
    const coverage = backtest.coverage
      .map(({ level, ratio }) => `${Math.round(ratio * 100)}/${Math.round(level * 100)}`)
      .join(' ');
    return [
      [
        ...[name, made.forecast.model, String(backtest.forecasts), figure(backtest.mase)],
        ...[figure(backtest.mape, percent), figure(backtest.rmse, (v) => formatValue(v, unit))],
        ...[figure(backtest.owa), coverage],
      ],
    ];
  });
  if (rows.length === 0) return [];
  const right = (title: string) => ({ title, align: 'right' as const });
  return [
    'How right it was on the history (rolling origin)',
    ...renderColumns(
      [
        ...[{ title: 'series' }, { title: 'model' }, right('tests')],
        ...[right('MASE'), right('MAPE'), right('RMSE'), right('OWA')],
        { title: 'inside %' },
      ],
      rows,
    ),
    '',
  ];
}

function cut({ found, series }: Answer): string[] {
  if (found <= series.length) return [];
  return [`${found} series, the largest ${series.length} are forecast: --max-series raises it`];
}
