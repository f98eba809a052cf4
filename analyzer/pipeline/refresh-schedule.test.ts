import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError } from '../prometheus/querier.ts';
import { hostFeatures, refresherOf, series } from './refresher.contract.ts';

test('nothing is asked again before a twentieth of the horizon has passed', async () => {
  const { refresher, asked } = refresherOf({ answer: (_promql, grid) => [series('x', grid)] });
  for (const now of [1_000_000, 1_000_029, 1_000_030]) await refresher.refresh(now, [hostFeatures]);
  assert.equal(asked.length, 2);
});

test('a calm series is moved on between refits, a surprising one is fitted at once', async () => {
  let value = 2;
  const { refresher, pooled } = refresherOf({
    path: (steps) => new Float64Array(steps).fill(2),
    answer: (_promql, grid) => [series('x', grid, value)],
  });
  const fits: number[] = [];
  for (let turn = 0; turn <= 5; turn += 1) {
    if (turn === 5) value = 3;
    await refresher.refresh(1_000_000 + turn * 30, [hostFeatures]);
    fits.push(pooled.length);
    assert.equal(refresher.forecasts()[0]?.forecast.median.length, 60);
  }
  assert.deepEqual(fits, [1, 1, 1, 1, 2, 3], 'after 12 steps by age, then by surprise');
});

test('a spent CPU budget leaves the rest waiting, says so, and later serves it', async () => {
  let used = 0;
  const { refresher, pooled } = refresherOf({
    cpuSeconds: () => used,
    onFit: () => {
      used += 20;
    },
    maxSubjects: 40,
    answer: (_promql, grid) => Array.from({ length: 40 }, (_, i) => series(`g${i}`, grid, 40 - i)),
  });
  await refresher.refresh(1_000_000, [hostFeatures]);
  assert.ok(pooled.length >= 2 && pooled.length < 40, `${pooled.length} fits`);
  assert.equal(pooled[0]?.history.labels.group, 'g0', 'the heaviest first');
  assert.deepEqual(refresher.unavailable(), []);
  const first = pooled.length;
  await refresher.refresh(1_000_040, [hostFeatures]);
  assert.equal(pooled.length, first, 'nothing saved up yet');
  assert.match(refresher.unavailable()[0]?.detail ?? '', /series wait for their forecast/);
  for (let turn = 1; pooled.length < 200 && turn < 100; turn += 1)
    await refresher.refresh(1_000_040 + turn * 1_000, [hostFeatures]);
  const served = new Set(pooled.map(({ history }) => history.labels.group));
  assert.equal(served.size, 40, 'none starves');
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
    ['stale', 'query_timeout'],
  );
  away = false;
  await refresher.refresh(1_000_180, [hostFeatures]);
  assert.equal(refresher.forecasts().length, 1);
});

test('a signal that never answers in time costs the others nothing', async () => {
  const { refresher } = refresherOf({
    signals: { heavy: { expr: 'heavy', unit: 'other' }, light: { expr: 'light', unit: 'other' } },
    answer: (promql, grid) => {
      if (promql.includes('heavy')) throw new QueryError('timeout', 'too slow');
      return [series('x', grid)];
    },
  });
  for (const now of [1_000_000, 1_000_030, 1_000_300]) await refresher.refresh(now, [hostFeatures]);
  assert.deepEqual(
    refresher.forecasts().map(({ signal }) => signal),
    ['light'],
  );
  assert.deepEqual(
    refresher.unavailable().map(({ signal, reason, detail }) => [signal, reason, detail]),
    [['heavy', 'query_timeout', '10m: too slow']],
  );
});

test('a server that is away is not asked for every signal', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const signals = Object.fromEntries(names.map((expr) => [expr, { expr, unit: 'other' as const }]));
  const tried: string[] = [];
  const { refresher } = refresherOf({
    signals,
    answer: (promql) => {
      tried.push(promql);
      throw new QueryError('unavailable', 'refused');
    },
  });
  await assert.rejects(refresher.refresh(1_000_000, [hostFeatures]), /refused/);
  assert.equal(tried.length, 2);
});

test('a definition that is the same again keeps its forecasts', async () => {
  const definition = () => ({ load: { expr: 'load', unit: 'other' as const } });
  const { refresher, asked } = refresherOf({
    signals: definition,
    answer: (_promql, grid) => [series('x', grid)],
  });
  for (const now of [1_000_000, 1_000_010]) await refresher.refresh(now, [hostFeatures]);
  assert.equal(asked.length, 1);
});
