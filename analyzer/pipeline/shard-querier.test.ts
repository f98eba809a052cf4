import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { promqlOf } from '../features/feature.ts';
import type { Querier } from '../prometheus/querier.ts';
import { createHostQuerier, narrow } from './shard-querier.ts';

const owns = () => true;
const silent: Querier = { instant: async () => [], range: async () => [] };
const { labels: ALL } = createHostQuerier({ querier: silent, hosts: () => [], owns }).scope!;
const SOURCE = { expr: 'sum by (instance) (a{mode="x",$selector}) / b{$selector}' };
const TEXT = promqlOf(SOURCE, 'expr', ALL);

test('the hosts are named in every selector, as literals of a regular expression', () => {
  assert.deepEqual(narrow(TEXT, ['web-1:9100', 'db.example']), [
    'sum by (instance) (a{mode="x",instance=~"web-1:9100|db\\\\.example",}) / b{instance=~"web-1:9100|db\\\\.example",}',
  ]);
});

test('who looks after everything names nobody: the query is that of an unnarrowed one', () => {
  assert.deepEqual(narrow(TEXT, undefined), ['sum by (instance) (a{mode="x",}) / b{}']);
});

test('without hosts nothing is asked; what cannot be narrowed is asked as it is', () => {
  assert.deepEqual(narrow(TEXT, []), []);
  assert.deepEqual(narrow('sum(shop_orders)', []), ['sum(shop_orders)']);
  assert.deepEqual(narrow('sum(shop_orders)', ['a']), ['sum(shop_orders)']);
});

test('every host is asked for exactly once, in queries that servers take', () => {
  const host = fc.string({ minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.uniqueArray(host, { minLength: 1, maxLength: 1_500 }), (hosts) => {
      const texts = narrow(TEXT, hosts);
      const patterns = texts.map((text) => {
        const [, quoted = ''] = /instance=~("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
        return new RegExp(`^(?:${JSON.parse(quoted) as string})$`, 's');
      });
      for (const one of hosts)
        assert.equal(patterns.filter((pattern) => pattern.test(one)).length, 1, one);
      for (const text of texts) assert.ok(Buffer.byteLength(text) <= 16_384 || hosts.length === 1);
    }),
    { numRuns: 30 },
  );
});

test('a name that looks like a part of the query or of a pattern does no harm', () => {
  for (const name of ['$&', "$'", 'a|b', '.*', '",instance="x', '$hosts', '\\', '{}'])
    assert.match(narrow(TEXT, [name])[0]!, /^sum by \(instance\) \(a\{mode="x",instance=~"/);
  assert.ok(!narrow(TEXT, ['.*'])[0]!.includes('=~".*"'));
});

test('answers of several queries are put together, instant and range', async () => {
  const hosts = Array.from({ length: 1_200 }, (_, index) => `host-${index}.some-zone.example.com`);
  let asked = 0;
  const point = { labels: {}, time: 0, value: 1 };
  const series = { labels: {}, start: 0, step: 1, values: Float64Array.of(1) };
  const querier = createHostQuerier({
    querier: {
      instant: async () => [{ ...point, value: ++asked }],
      range: async () => [series],
    },
    hosts: () => hosts,
    owns,
  });
  const points = await querier.instant(TEXT, 0);
  assert.ok(points.length > 1);
  assert.equal(points.length, asked);
  assert.equal((await querier.range(TEXT, { from: 0, to: 1, step: 1 })).length, asked);
});

test('a query that fails fails them all', async () => {
  const querier = createHostQuerier({
    querier: { ...silent, instant: () => Promise.reject(new Error('away')) },
    hosts: () => ['a'],
    owns,
  });
  await assert.rejects(querier.instant(TEXT, 0), /away/);
});
