import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignalDefinitions } from '../features/signal.ts';
import type { HostFeatures } from '../features/table.ts';
import type { ForecastOptions } from '../forecast/forecast-series.ts';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import type { Series } from '../series/series.ts';
import { createForecastRefresher } from './refresh-forecasts.ts';

const host = { job: 'j', instance: 'a' };
const hostFeatures: HostFeatures = {
  subject: host,
  value: (name) => (name === 'host_cpu_count' ? 4 : undefined),
  detail: () => ({}),
  groups: [],
};
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
  readonly maxSubjects?: number;
  readonly horizons?: readonly number[];
}

function refresherOf({ answer, maxSubjects = 10, horizons = [600] }: Setup) {
  const asked: { promql: string; grid: Grid }[] = [];
  const pooled: { history: Series; options: ForecastOptions }[] = [];
  const querier: Querier = {
    instant: async () => [],
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
        const path = Float64Array.of(2, 6);
        return {
          model: 'drift',
          median: path,
          intervals: [{ level: 0.8, lower: path, upper: path }],
        };
      },
      close: async () => {},
    },
    signals,
    horizons,
    maxSubjects,
  });
  return { refresher, asked, pooled };
}

const series = (group: string, { from, to, step }: Grid, value = 2): Series => ({
  labels: { ...host, group },
  start: from,
  step,
  values: new Float64Array(Math.round((to - from) / step) + 1).fill(value),
});

test('each horizon is asked at its own step, long steps as means, never beyond now', async () => {
  const { refresher, asked } = refresherOf({
    answer: (_promql, grid) => [series('x', grid)],
    horizons: [600, 86_400],
  });
  await refresher.refresh(1_000_005, [hostFeatures]);
  assert.deepEqual(
    asked.map(({ promql, grid }) => [promql, grid.step]),
    [
      ['recorded', 10],
      ['avg_over_time(recorded[24m])', 1440],
    ],
  );
  for (const { grid } of asked) assert.ok(grid.to <= 1_000_005);
});

test('the limit and the bounds come from the features of the series’ own host', async () => {
  const { refresher, pooled } = refresherOf({ answer: (_promql, grid) => [series('x', grid)] });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.deepEqual(pooled[0]?.options.bounds, { min: 0, max: 4 });
  const [forecast] = refresher.forecasts();
  assert.deepEqual([forecast?.limit, forecast?.value, forecast?.horizon], [4, 2, 600]);
  assert.equal(
    forecast?.timeToThreshold?.p50,
    20,
    'bounded to 4 CPUs it reaches the limit with the second step',
  );
});

test('nothing is asked again before a twentieth of the horizon has passed', async () => {
  const { refresher, asked } = refresherOf({ answer: (_promql, grid) => [series('x', grid)] });
  for (const now of [1_000_000, 1_000_029, 1_000_030]) await refresher.refresh(now, [hostFeatures]);
  assert.equal(asked.length, 2);
});

test('without the recording rule the raw expression is asked; without both the absence is said', async () => {
  const raw = refresherOf({
    answer: (promql, grid) => (promql.startsWith('rate') ? [series('x', grid)] : []),
  });
  await raw.refresher.refresh(1_000_000, [hostFeatures]);
  assert.equal(raw.refresher.forecasts().length, 1);
  const none = refresherOf({ answer: () => [] });
  await none.refresher.refresh(1_000_000, [hostFeatures]);
  assert.deepEqual(
    none.refresher.unavailable().map(({ signal, reason }) => [signal, reason]),
    [['group_cpu', 'no_data']],
  );
});

test('series too small to matter and series that ended are left out, the rest is cut and the cut is said', async () => {
  const { refresher, pooled } = refresherOf({
    maxSubjects: 2,
    answer: (_promql, grid) => {
      const ended = series('ended', grid);
      ended.values.fill(Number.NaN, 100);
      return [
        series('tiny', grid, 0.1),
        series('a', grid, 1),
        series('b', grid, 3),
        series('c', grid, 2),
        ended,
      ];
    },
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.deepEqual(
    pooled.map(({ history }) => history.labels.group),
    ['b', 'c'],
  );
  assert.deepEqual(
    refresher.unavailable().map(({ reason }) => reason),
    ['subject_cap'],
  );
});

test('a young series is shorter, not full of gaps', async () => {
  const { refresher, pooled } = refresherOf({
    answer: (_promql, grid) => {
      const young = series('young', grid);
      young.values.fill(Number.NaN, 0, 200);
      return [young];
    },
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  const history = pooled[0]!.history;
  assert.equal(history.values.length, 40);
  assert.equal(history.start + 39 * history.step, 1_000_000);
});

test('the reason why a series has no forecast is passed on', async () => {
  const { refresher } = refresherOf({ answer: (_promql, grid) => [series('short', grid)] });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.deepEqual(refresher.forecasts(), []);
  assert.deepEqual(refresher.unavailable(), [
    { what: 'forecast', signal: 'group_cpu', reason: 'history_too_short', detail: '10m: 3 points' },
  ]);
});

test('a rejected query is an absence, a server that is away is an error', async () => {
  const failing = (kind: 'rejected' | 'unavailable') =>
    refresherOf({
      answer: () => {
        throw new QueryError(kind, 'no');
      },
    }).refresher;
  const rejected = failing('rejected');
  await rejected.refresh(1_000_000, [hostFeatures]);
  assert.equal(rejected.unavailable()[0]?.reason, 'query_rejected');
  await assert.rejects(failing('unavailable').refresh(1_000_000, [hostFeatures]), QueryError);
});

test('what was forecast is held against what came', async () => {
  const { refresher } = refresherOf({ answer: (_promql, grid) => [series('x', grid)] });
  for (let minute = 0; minute < 40; minute += 1)
    await refresher.refresh(1_000_000 + minute * 60, [hostFeatures]);
  const [record] = refresher.accuracy();
  assert.deepEqual([record?.signal, record?.horizon], ['group_cpu', 600]);
  assert.ok(record!.accuracy.outcomes >= 25);
  // The pool above always says 6 after 10 minutes, bounded to 4; the truth stays 2, as the naive model has it.
  assert.equal(record!.accuracy.coverage.get(0.8), 0);
  assert.equal(record!.accuracy.naiveWinsRatio, 1);
});

test('a forecast that cannot be renewed is withdrawn, and said to be', async () => {
  let away = false;
  const { refresher } = refresherOf({
    answer: (_promql, grid) => {
      if (away) throw new QueryError('timeout', 'too slow');
      return [series('x', grid)];
    },
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  away = true;
  const missed = (now: number) =>
    assert.rejects(refresher.refresh(now, [hostFeatures]), QueryError);
  await missed(1_000_120);
  assert.equal(refresher.forecasts().length, 1);
  await missed(1_000_150);
  assert.deepEqual(refresher.forecasts(), []);
  assert.deepEqual(
    refresher.unavailable().map(({ reason }) => reason),
    ['stale'],
  );
  away = false;
  await refresher.refresh(1_000_180, [hostFeatures]);
  assert.equal(refresher.forecasts().length, 1);
});
