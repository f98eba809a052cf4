import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import type { Labels } from '../series/labels.ts';
import { createHistoryRoutes } from './history-routes.ts';

const NOW = 1_700_000_003;
const SIGNALS = {
  cpu: { record: 'recorded{$selector}', expr: 'raw{$selector}', unit: 'ratio' as const },
};
type Answers = (promql: string, grid: Grid) => readonly [Labels, readonly number[]][];

async function serve(t: TestContext, answers: Answers) {
  const asked: string[] = [];
  const querier: Querier = {
    instant: async () => [],
    async range(promql, grid) {
      asked.push(promql);
      return answers(promql, grid).map(([labels, values]) => ({
        ...{ labels, start: grid.from, step: grid.step },
        values: Float64Array.from(values),
      }));
    },
  };
  const options = { signals: () => SIGNALS, querier: () => querier, clock: () => NOW };
  const server = createServer(express().use(createHistoryRoutes(options))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/`;
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { get, asked };
}

const LABELS = encodeURIComponent('{"group":"a\\"b","instance":"x"}');

test('the series of the labels is answered, recorded or raw, a gap as null', async (t) => {
  const { get, asked } = await serve(t, (promql) =>
    promql.includes('recorded')
      ? []
      : [
          [{ instance: 'x', group: 'other' }, [9]],
          [{ __name__: 'raw', instance: 'x', group: 'a"b' }, [0.5, Number.NaN, 0.7]],
        ],
  );
  const { status, body } = await get(`history?signal=cpu&labels=${LABELS}&range=600`);
  assert.equal(status, 200);
  assert.deepEqual(body.values, [0.5, null, 0.7]);
  assert.deepEqual([body.unit, body.direction, body.step], ['ratio', 'up', 5]);
  assert.equal(asked[0], 'recorded{group="a\\"b",instance="x"}', 'a value cannot end its string');
  assert.match(asked[1] ?? '', /^raw\{/);
});

test('a long range is asked in means, and its points are bounded', async (t) => {
  let points = 0;
  const { get, asked } = await serve(t, (_promql, { from, to, step }) => {
    points = (to - from) / step + 1;
    return [[{}, [1]]];
  });
  await get('history?signal=cpu&range=2592000');
  assert.match(asked[0] ?? '', /^avg_over_time\(\(recorded\)?/);
  assert.ok(points <= 402, `${points} points`);
});

test('what cannot be asked is refused with its reason', async (t) => {
  const { get } = await serve(t, () => {
    throw new QueryError('timeout', 'nobody answers');
  });
  const cases: [string, number, RegExp][] = [
    ['history?signal=none', 404, /no signal none/],
    ['history', 400, /signal/],
    ['history?signal=cpu&labels=x', 400, /labels as JSON/],
    ['history?signal=cpu&labels={"a-b":"c"}', 400, /labels as JSON/],
    ['history?signal=cpu&range=1', 400, /range/],
    ['history?signal=cpu&range=9999999', 400, /range/],
    ['anomalies/episodes?range=x', 400, /range/],
    ['history?signal=cpu', 504, /nobody answers/],
  ];
  for (const [path, expected, detail] of cases) {
    const { status, body } = await get(path);
    assert.equal(status, expected, path);
    assert.match(String(body.detail), detail);
  }
});

test('an anomaly has its band; episodes are told by the gaps between them', async (t) => {
  const nan = Number.NaN;
  const { get, asked } = await serve(t, (promql) => {
    if (promql.startsWith('topk'))
      return [[{ __name__: 'guard_anomaly', signal: 's' }, [1, 1, nan, nan, 1]]];
    return promql.includes('bound="lower"') ? [] : [[{}, [2]]];
  });
  const band = await get(`anomalies/history?signal=s&labels=${LABELS}`);
  assert.deepEqual([band.body.values, band.body.lower, band.body.upper], [[2], [], [2]]);
  assert.ok(asked.every((promql) => promql.includes('signal="s"')));
  const { body } = await get('anomalies/episodes?range=3600');
  const [lane] = body.lanes as { labels: Labels; episodes: number[][] }[];
  assert.deepEqual(lane?.labels, { signal: 's' });
  const from = Number(body.from);
  assert.deepEqual(lane?.episodes, [
    [from, from + 10],
    [from + 40, from + 40],
  ]);
});
