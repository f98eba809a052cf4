import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import type { ForecastPool } from './forecast-pool.ts';
import { forecastQuery, type QueryRequest } from './replay-query.ts';

const NOW = 1_000_800;
const REQUEST: QueryRequest = {
  ...{ query: 'load', horizon: 3_600, step: 900, history: 9_000, levels: [0.8] },
  ...{ direction: 'above', maxSeries: 2 },
};
const pool: ForecastPool = {
  forecast: async () => ({ reason: 'overloaded', detail: 'not part of this test' }),
  cpuSeconds: () => 0,
  close: async () => {},
};

/** A server that has so many series, and the queries it was asked. */
function serverOf(count: number) {
  const asked: string[] = [];
  const all = Array.from({ length: count }, (_, id) => ({ id: String(id) }));
  const querier: Querier = {
    async instant(promql, time) {
      asked.push(promql);
      if (promql.startsWith('count')) return [{ labels: {}, time, value: count }];
      const limit = Number(/^topk\((\d+),/.exec(promql)?.[1]);
      return all.slice(0, limit).map((labels) => ({ labels, time, value: 1 }));
    },
    async range(promql, { from: start, to, step }: Grid) {
      asked.push(promql);
      const own = promql.includes('topk') ? all.slice(0, 2) : all;
      const values = new Float64Array((to - start) / step + 1).fill(1);
      return own.map((labels) => ({ labels, start, step, values }));
    },
  };
  return { querier, asked };
}

test('of more series than wanted the server sends only the largest', async () => {
  const { querier, asked } = serverOf(1_300);
  const { series, found } = await forecastQuery({ querier, pool }, REQUEST, NOW);
  assert.deepEqual([series.length, found], [2, 1_300]);
  const mean = 'avg_over_time((load)[15m:])';
  assert.deepEqual(asked, [
    `topk(3, ${mean})`,
    `count(${mean})`,
    `(${mean}) and topk(2, last_over_time((${mean})[15m:15m] @ ${NOW}))`,
  ]);
});

test('a few series are all asked for, those that have ended, too', async () => {
  const { querier, asked } = serverOf(2);
  const { series, found } = await forecastQuery({ querier, pool }, REQUEST, NOW);
  assert.deepEqual([series.length, found], [2, 2]);
  assert.equal(asked.at(-1), 'avg_over_time((load)[15m:])');
});

test('a query that the server refuses is an error', async () => {
  const instant = () => Promise.reject(new QueryError('rejected', 'parse error'));
  const querier: Querier = { instant, range: () => assert.fail('not reached') };
  await assert.rejects(forecastQuery({ querier, pool }, REQUEST, NOW), /parse error/);
});
