import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createForecastPool } from '../pipeline/forecast-pool.ts';
import { EMPTY_SNAPSHOT, type SignalForecast, type Snapshot } from '../pipeline/state.ts';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import { createForecastRoutes, MAX_IN_FLIGHT } from './forecast-routes.ts';
import { serveRoutes } from './serve-routes.contract.ts';

const NOW = 1_700_006_400;
const DAY = 86_400;

/** A day's rhythm on whatever grid is asked for. */
const rhythm = (grid: Grid) => ({
  labels: { shop: 'eu' },
  start: grid.from,
  step: grid.step,
  values: Float64Array.from(
    { length: Math.round((grid.to - grid.from) / grid.step) + 1 },
    (_, index) => 100 + 50 * Math.sin((2 * Math.PI * (grid.from + index * grid.step)) / DAY),
  ),
});

/** What the tests look at of an answer. */
interface Body {
  readonly seriesFound: number;
  readonly step: number;
  readonly history: number;
  readonly total: number;
  readonly reason: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly { readonly parameter: string }[];
  readonly series: readonly SeriesBody[];
  readonly forecasts: readonly SeriesBody[];
}
interface SeriesBody {
  readonly labels: unknown;
  readonly reason?: string;
  readonly history: { readonly points: number };
  readonly forecast: {
    readonly timestamps: readonly number[];
    readonly p50: readonly number[];
    readonly intervals: readonly { readonly level: number }[];
  } | null;
  readonly timeToThreshold: Readonly<
    Record<'p50' | 'p90', { readonly seconds: number; readonly at: string } | null>
  >;
  readonly backtest?: { readonly forecasts: number; readonly coverage: readonly unknown[] };
}

interface Setup {
  readonly range?: Querier['range'];
  readonly snapshot?: Partial<Snapshot>;
}

async function apiOf(t: TestContext, { range, snapshot = {} }: Setup = {}) {
  const pool = createForecastPool({ maxThreads: 1 });
  const querier: Querier = {
    instant: async () => [],
    range: range ?? (async (_promql, grid) => [rhythm(grid)]),
  };
  const routes = createForecastRoutes({
    snapshot: () => ({ ...EMPTY_SNAPSHOT, ...snapshot }),
    deps: () => ({ querier, pool }),
    clock: () => NOW,
  });
  t.after(() => pool.close());
  const url = await serveRoutes(t, routes);
  return async (path: string) => {
    const response = await fetch(`${url}/api/v1/${path}`);
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      type,
      headers: response.headers,
      body: (await response.json()) as Body,
    };
  };
}

test('a query is answered with paths, dates and measured errors', async (t) => {
  const get = await apiOf(t);
  const { status, body } = await get('forecast?query=orders&horizon=24h&step=15m&limit=140');
  assert.equal(status, 200);
  assert.deepEqual([body.seriesFound, body.step, body.history], [1, 900, 14 * DAY]);
  const series = body.series[0]!;
  assert.deepEqual(series.labels, { shop: 'eu' });
  assert.equal(series.history.points, 1344);
  assert.equal(series.forecast?.timestamps[0], NOW + 900);
  assert.deepEqual(
    series.forecast?.intervals.map(({ level }) => level),
    [0.8, 0.95],
  );
  assert.equal(series.forecast?.p50.length, 96);
  // 100 + 50 sin reaches 140 at 0.1476 of the day.
  assert.ok(Math.abs((series.timeToThreshold.p50?.seconds ?? 0) - 0.1476 * DAY) < 1800);
  assert.match(series.timeToThreshold.p50?.at ?? '', /^2023-11-15T0[34]:/);
  assert.deepEqual([series.backtest?.coverage.length, series.backtest?.forecasts], [2, 3]);
});

test('levels, backtests and series are bounded by what is asked', async (t) => {
  const get = await apiOf(t, { range: async (_promql, grid) => Array(30).fill(rhythm(grid)) });
  const { body } = await get('forecast?query=x&horizon=2h&levels=0.5&series=2&backtests=0');
  assert.deepEqual([body.seriesFound, body.series.length], [30, 2]);
  assert.deepEqual(
    [body.series[0]?.forecast?.intervals.length, body.series[0]?.backtest],
    [1, undefined],
  );
});

test('every wrong parameter is told, as problem+json', async (t) => {
  const get = await apiOf(t);
  const { status, type, body } = await get(
    'forecast?horizon=x&levels=2&direction=left&limit=&series=0&backtests=1.5&step=0s&foo=1&maximum=1&maximum=2',
  );
  assert.equal(status, 400);
  assert.match(type, /^application\/problem\+json/);
  assert.deepEqual(body.errors.map(({ parameter }) => parameter).sort(), [
    ...['backtests', 'direction', 'foo', 'horizon', 'levels', 'limit', 'maximum'],
    'query',
    'series',
    'step',
  ]);
  const many = await get('forecast?query=x&horizon=7d&step=15m&series=50&levels=0.5,0.8,0.9,0.95');
  assert.deepEqual([many.status, many.body.title], [400, 'Too much asked at once']);
  assert.equal((await get('forecast?query=x&horizon=90d&step=1m')).status, 400);
});

test('a series without a forecast has the reason', async (t) => {
  const ended = (grid: Grid) => {
    const series = rhythm(grid);
    return { ...series, values: series.values.fill(Number.NaN, -5) };
  };
  const get = await apiOf(t, { range: async (_promql, grid) => [ended(grid)] });
  const { body } = await get('forecast?query=x');
  assert.deepEqual([body.series[0]?.forecast, body.series[0]?.reason], [null, 'series_ended']);
  const none = await apiOf(t, { range: async () => [] });
  assert.equal((await none('forecast?query=x')).body.reason, 'no_such_series');
});

test('what Prometheus does is told apart from what the client did', async (t) => {
  for (const [kind, want] of [
    ['rejected', 422],
    ['timeout', 504],
    ['unavailable', 502],
    ['malformed', 502],
  ] as const) {
    const get = await apiOf(t, {
      range: async () => {
        throw new QueryError(kind, 'Query to http://x failed');
      },
    });
    const { status, body } = await get('forecast?query=x');
    assert.deepEqual([status, body.detail], [want, 'Query to http://x failed']);
  }
});

test('more at once are told to come back', async (t) => {
  const held = Promise.withResolvers<void>();
  const get = await apiOf(t, {
    range: async () => {
      await held.promise;
      return [];
    },
  });
  const first = Array.from({ length: MAX_IN_FLIGHT }, () => get('forecast?query=x'));
  let busy = await get('forecast?query=x&horizon=0');
  // The held ones may not have arrived yet: they are there when one more is refused.
  while (busy.status !== 503) busy = await Promise.race([get('forecast?query=x'), ...first]);
  assert.equal(busy.headers.get('retry-after'), '5');
  held.resolve();
  for (const { status } of await Promise.all(first)) assert.equal(status, 200);
  assert.equal((await get('forecast?query=x')).status, 200);
});

const kept = (signal: string, horizon: number): SignalForecast => ({
  ...{ signal, unit: 'ratio', labels: { instance: 'a' }, horizon, step: 60, end: NOW, value: 0.5 },
  limit: 0.9,
  forecast: { model: 'ensemble', median: Float64Array.of(0.6, 0.7), intervals: [] },
  timeToThreshold: { p10: 60, p50: 120, p90: Number.POSITIVE_INFINITY },
});

test('the forecasts that are kept are served, chosen and bounded', async (t) => {
  const forecasts = [kept('host_cpu', 3600), kept('host_cpu', DAY), kept('host_memory', 3600)];
  const get = await apiOf(t, { snapshot: { forecasts } });
  const { body } = await get('forecasts?signal=host_cpu&horizon=1h');
  assert.equal(body.total, 1);
  assert.deepEqual(body.forecasts[0]?.forecast?.timestamps, [NOW + 60, NOW + 120]);
  assert.deepEqual(body.forecasts[0]?.timeToThreshold.p90, null);
  const cut = (await get('forecasts?max=2')).body;
  assert.deepEqual([cut.total, cut.forecasts.length], [3, 2]);
  assert.equal((await get('forecasts?max=0')).status, 400);
  assert.equal((await get('forecasts?horizon=long')).status, 400);
});
