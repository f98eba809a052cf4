import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeatureSource } from '../features/feature.ts';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { Point } from '../series/series.ts';
import { createFeatureReader } from './read-features.ts';

const labels = { job: 'j', instance: 'a' };
const point: Point = { labels, time: 0, value: 1 };
const sources = {
  host_cpu_used_ratio: { record: 'recorded{$selector}', expr: 'raw{$selector}' },
  host_cpu_count: { expr: 'count{$selector}' },
};
const memoryHistory = { record: 'history{$selector}', expr: 'raw_history{$selector}' };

function readerOf(answers: Record<string, Point[] | Error>, memoryTrend?: FeatureSource) {
  const asked: string[] = [];
  const querier: Querier = {
    async instant(promql) {
      asked.push(promql);
      const answer = answers[promql] ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async range(promql) {
      asked.push(promql);
      const answer = answers[promql];
      if (answer instanceof Error) throw answer;
      return [];
    },
  };
  return { reader: createFeatureReader({ querier, sources, memoryHistory, memoryTrend }), asked };
}

test('the recording rule is asked first and suffices', async () => {
  const { reader, asked } = readerOf({ recorded: [point], count: [point] });
  const reading = await reader.read(100);
  assert.deepEqual(reading.points.get('host_cpu_used_ratio'), [point]);
  assert.ok(!asked.includes('raw'));
  assert.equal(reading.unrecorded.size, 0);
  assert.equal(reading.seriesRead, 2);
});

test('without the rule the raw expression answers, and the rule is tried again after a minute', async () => {
  const { reader, asked } = readerOf({ raw: [point] });
  assert.deepEqual([...(await reader.read(100)).unrecorded], ['host_cpu_used_ratio']);
  const count = () => asked.filter((promql) => promql === 'recorded').length;
  await reader.read(130);
  assert.equal(count(), 1);
  await reader.read(161);
  assert.equal(count(), 2);
});

test('a rejected query costs its feature and is reported, the others are read', async () => {
  const { reader } = readerOf({
    recorded: new QueryError('rejected', 'parse error'),
    count: [point],
  });
  const reading = await reader.read(100);
  assert.equal(reading.points.has('host_cpu_used_ratio'), false);
  assert.deepEqual(reading.points.get('host_cpu_count'), [point]);
  assert.deepEqual(reading.unavailable, [
    {
      what: 'feature',
      signal: 'host_cpu_used_ratio',
      reason: 'query_rejected',
      detail: 'parse error',
    },
  ]);
});

test('a server that is away ends the reading', async () => {
  const refused = new QueryError('unavailable', 'refused');
  const { reader } = readerOf({ recorded: refused, count: refused });
  await assert.rejects(reader.read(100), /refused/);
});

test('a query that is too slow costs its feature, and is left alone for a minute', async () => {
  const { reader, asked } = readerOf({
    recorded: new QueryError('timeout', 'no answer within 10 s'),
    count: [point],
  });
  for (const now of [100, 115, 161]) {
    const reading = await reader.read(now);
    assert.deepEqual(reading.points.get('host_cpu_count'), [point]);
    assert.deepEqual(
      reading.unavailable.map(({ signal, reason }) => [signal, reason]),
      [['host_cpu_used_ratio', 'query_timeout']],
    );
  }
  assert.equal(asked.filter((promql) => promql === 'recorded').length, 2);
});

test('a server that did not answer at all is asked everything again at once', async () => {
  const slow = new QueryError('timeout', 'no answer within 10 s');
  const answers: Record<string, Point[] | Error> = {
    ...{ recorded: slow, count: slow, history: slow, trend: slow },
  };
  const { reader } = readerOf(answers, { expr: 'trend{$selector}' });
  await assert.rejects(reader.read(100), slow);
  answers.recorded = [point];
  answers.count = [point];
  assert.deepEqual((await reader.read(105)).points.get('host_cpu_used_ratio'), [point]);
});

test('the memory history is read at most every 15 s', async () => {
  const { reader, asked } = readerOf({});
  for (const now of [100, 105, 110, 116]) await reader.read(now);
  assert.equal(asked.filter((promql) => promql === 'history').length, 2);
});

test('what hardly moves is read once a minute, the rest every time', async () => {
  const asked: string[] = [];
  const querier: Querier = {
    instant: async (promql) => {
      asked.push(promql);
      return [point];
    },
    range: async () => [],
  };
  const reader = createFeatureReader({
    querier,
    sources: { group_cpu_cores_baseline: { expr: 'slow' }, group_cpu_cores: { expr: 'quick' } },
    memoryHistory,
  });
  for (const now of [100, 105, 110, 161]) {
    const { points } = await reader.read(now);
    assert.deepEqual(points.get('group_cpu_cores_baseline'), [point]);
  }
  const count = (promql: string) => asked.filter((one) => one === promql).length;
  assert.deepEqual([count('slow'), count('quick')], [2, 4]);
});

test('the days of memory are read by the hour, every quarter of an hour', async () => {
  const grids: { from: number; to: number; step: number }[] = [];
  const series = { labels, start: 0, step: 3600, values: Float64Array.of(1) };
  const querier: Querier = {
    instant: async () => [],
    range: async (promql, grid) => {
      if (promql === 'floor') grids.push(grid);
      return promql === 'floor' ? [series] : [];
    },
  };
  const memoryTrend = { expr: 'floor' };
  const reader = createFeatureReader({ querier, sources: {}, memoryHistory, memoryTrend });
  for (const now of [1_000_000, 1_000_300, 1_000_901]) {
    assert.deepEqual((await reader.read(now)).memoryTrend, [series]);
  }
  assert.equal(grids.length, 2);
  assert.deepEqual(grids[0], { from: 997_200 - 7 * 86_400, to: 997_200, step: 3600 });
});

test('of very many histories the largest are asked for, by the querier for what is long', async () => {
  const asked: string[] = [];
  const history: Querier = {
    instant: () => assert.fail('points are asked of the other'),
    async range(promql, { from: start, step }) {
      asked.push(promql);
      const count = promql.includes('topk') ? 1_000 : 1_001;
      return Array.from({ length: count }, (_, id) => ({
        labels: { group: `g${id}` },
        start,
        step,
        values: Float64Array.of(id),
      }));
    },
  };
  const querier: Querier = { instant: async () => [point], range: () => assert.fail('a history') };
  const reader = createFeatureReader({ querier, historyQuerier: history, sources, memoryHistory });
  for (const now of [100, 116]) {
    const reading = await reader.read(now);
    assert.equal(reading.memoryHistory.length, 1_000);
    assert.deepEqual(
      reading.unavailable.map(({ signal, reason }) => [signal, reason]),
      [['memory_history', 'subject_cap']],
    );
  }
  assert.deepEqual(asked, [
    'history',
    '(history) and topk(1000, last_over_time((history)[15s:15s] @ 105))',
  ]);
});
