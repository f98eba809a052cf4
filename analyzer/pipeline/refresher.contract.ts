// The refresher with a server and models that answer what a test says; what they were asked is kept.
import type { SignalDefinitions } from '../features/signal.ts';
import { buildFeatureTable, type HostFeatures } from '../features/table.ts';
import type { ForecastOptions } from '../forecast/forecast-series.ts';
import type { Grid, Querier } from '../prometheus/querier.ts';
import type { Point, Series } from '../series/series.ts';
import { createForecastRefresher } from './refresh-forecasts.ts';

export const host = { job: 'j', instance: 'a' };
export const [hostFeatures] = buildFeatureTable({
  points: new Map([['host_cpu_count', [{ labels: host, time: 0, value: 4 }]]]),
  memoryHistory: [],
  sources: {},
  unrecorded: new Set(),
}) as [HostFeatures];
const signals: SignalDefinitions = {
  group_cpu: {
    record: 'recorded{$selector}',
    expr: 'rate(raw{$selector}[30s])',
    unit: 'cores',
    limit: 'host_cpu_count',
    maximum: 'host_cpu_count',
    minimum: 0,
    floor: 0.5,
  },
};

interface Setup {
  readonly answer: (promql: string, grid: Grid) => Series[];
  readonly instant?: (promql: string) => Point[];
  readonly maxSubjects?: number;
  readonly signals?: SignalDefinitions | (() => SignalDefinitions);
  readonly path?: (steps: number) => Float64Array;
  readonly cpuSeconds?: () => number;
  readonly onFit?: () => void;
  readonly horizons?: readonly number[];
}

export function refresherOf(setup: Setup) {
  const { answer, instant, maxSubjects = 10, horizons = [600] } = setup;
  const asked: { promql: string; grid: Grid }[] = [];
  const pooled: { history: Series; options: ForecastOptions }[] = [];
  const querier: Querier = {
    instant: async (promql, at) => {
      const count = /^(?:top|bottom)k\((\d+), (.*)\)$/.exec(promql);
      if (count === null) return instant?.(promql) ?? [];
      const [, limit = '0', inner = ''] = count;
      const points = answer(inner, { from: at, to: at, step: 1 }).flatMap(({ labels, values }) => {
        const value = values.at(-1) ?? Number.NaN;
        return Number.isNaN(value) ? [] : [{ labels, time: at, value }];
      });
      const sign = promql.startsWith('top') ? 1 : -1;
      return points.sort((a, b) => sign * (b.value - a.value)).slice(0, Number(limit));
    },
    range: async (promql, grid) => {
      asked.push({ promql, grid });
      return answer(promql, grid);
    },
  };
  const refresher = createForecastRefresher({
    querier,
    pool: {
      forecast: async (history, options) => {
        pooled.push({ history, options });
        if (history.labels.group === 'short')
          return { reason: 'history_too_short', detail: '3 points' };
        setup.onFit?.();
        const path =
          setup.path?.(options.steps) ?? new Float64Array(options.steps).fill(6).fill(2, 0, 1);
        return {
          model: 'drift',
          median: path,
          intervals: [{ level: 0.8, lower: path, upper: path }],
        };
      },
      cpuSeconds: () => setup.cpuSeconds?.() ?? 0,
      close: async () => {},
    },
    signals: setup.signals ?? signals,
    horizons,
    maxSubjects,
  });
  return { refresher, asked, pooled };
}

export const series = (group: string, { from, to, step }: Grid, value = 2): Series => ({
  labels: { ...host, group },
  start: from,
  step,
  values: new Float64Array(Math.round((to - from) / step) + 1).fill(value),
});
