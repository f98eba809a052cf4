import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError } from '../prometheus/querier.ts';
import { hostFeatures, refresherOf, series } from './refresher.contract.ts';

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

test('a signal may name the models that speak for it', async () => {
  const ask = async (models: { models?: string[] }) => {
    const { refresher, pooled } = refresherOf({
      answer: (_promql, grid) => [series('x', grid)],
      signals: { load: { expr: 'load', unit: 'other', ...models } },
    });
    await refresher.refresh(1_000_000, [hostFeatures]);
    return pooled[0]?.options;
  };
  assert.deepEqual((await ask({ models: ['theta'] }))?.models, ['theta']);
  assert.ok(!('models' in (await ask({}))!), 'else those that paid in the benchmarks');
});

test('a signal that is said not to repeat is not asked for a season', async () => {
  const seasonOf = async (more: { season?: number[] }) => {
    const { refresher, pooled } = refresherOf({
      answer: (_promql, grid) => [series('x', grid)],
      signals: { load: { expr: 'load', unit: 'other', ...more } },
    });
    await refresher.refresh(1_000_000, [hostFeatures]);
    return pooled[0]?.options.season;
  };
  assert.equal(await seasonOf({ season: [] }), 0);
  assert.equal(await seasonOf({ season: [600] }), 60);
  assert.equal(await seasonOf({}), undefined);
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
      if (young.values.length > 200) young.values.fill(Number.NaN, 0, 200);
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

test('the next look asks only for what is new, with an overlap, and the window stays whole', async () => {
  const { refresher, asked, pooled } = refresherOf({
    answer: (_promql, grid) => {
      const counting = series('x', grid);
      return [{ ...counting, values: counting.values.map((_, i) => grid.from + i * grid.step) }];
    },
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  await refresher.refresh(1_000_100, [hostFeatures]);
  assert.deepEqual(
    asked.map(({ grid }) => [grid.from, grid.to]),
    [
      [1_000_000 - 2390, 1_000_000],
      [1_000_000 - 20, 1_000_100],
    ],
  );
  const { start, step, values } = pooled[1]!.history;
  assert.deepEqual([start, step, values.length], [1_000_100 - 2390, 10, 240]);
  assert.ok(values.every((value, i) => value === start + i * step));
});

test('a series that comes back with a past has it read', async () => {
  let away = true;
  const { refresher, pooled } = refresherOf({
    answer: (_promql, grid) => [series('x', grid), ...(away ? [] : [series('y', grid, 3)])],
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  away = false;
  await refresher.refresh(1_000_100, [hostFeatures]);
  const late = pooled.find(({ history }) => history.labels.group === 'y');
  assert.equal(late?.history.values.length, 240);
});

test('where the cut leaves series out, the server selects those that are ranked highest', async () => {
  const names = ['a', 'b', 'c'];
  const { refresher, asked } = refresherOf({
    maxSubjects: 2,
    answer: (_promql, grid) => names.map((name, i) => series(name, grid, i + 1)),
    instant: (promql) =>
      promql === 'count((recorded) >= 0.5)' ? [{ labels: {}, time: 0, value: 3 }] : [],
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.equal(
    asked[0]?.promql,
    '(recorded) and (topk(2, last_over_time((recorded)[10s:10s] @ 1000000)) >= 0.5)',
  );
  assert.match(refresher.unavailable()[0]?.detail ?? '', /3 series, the largest 2 are forecast/);
});

test('a downward limit: the smallest series count, and the date is that of falling below', async () => {
  const { refresher, pooled } = refresherOf({
    signals: {
      certificate: { expr: 'left', unit: 'seconds', limit: 5, direction: 'down', minimum: 0 },
    },
    maxSubjects: 1,
    answer: (_promql, grid) => [series('late', grid, 90), series('soon', grid, 10)],
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.deepEqual(
    pooled.map(({ history }) => history.labels.group),
    ['soon'],
  );
  assert.equal(refresher.forecasts()[0]?.timeToThreshold?.p50, (10 * 5) / 8);
});

test('a limit by PromQL holds for the series that have all of its labels', async () => {
  const { refresher } = refresherOf({
    signals: { used: { expr: 'used', unit: 'bytes', limit: 'quota' } },
    answer: (_promql, grid) => [series('x', grid), series('y', grid)],
    instant: (promql) =>
      promql === 'quota'
        ? [
            { labels: { instance: 'a' }, time: 0, value: 7 },
            { labels: { instance: 'a', group: 'y' }, time: 0, value: 9 },
            { labels: { instance: 'b' }, time: 0, value: 1 },
          ]
        : [],
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.deepEqual(
    refresher.forecasts().map(({ labels, limit }) => [labels.group, limit]),
    [
      ['x', 7],
      ['y', 9],
    ],
  );
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
