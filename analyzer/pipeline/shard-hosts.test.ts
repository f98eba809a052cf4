import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import { WHOLE_FLEET } from './shard.ts';
import { createShardHosts, HOSTS_PER_PART } from './shard-hosts.ts';

function serverOf(instances: () => readonly (string | undefined)[]) {
  let asked = 0;
  const querier: Querier = {
    async instant() {
      asked += 1;
      return instances().map((instance) => ({
        labels: instance === undefined ? {} : { instance },
        time: 0,
        value: 1,
      }));
    },
    range: () => assert.fail('a range'),
  };
  return { querier, asked: () => asked };
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `h${index}:10910`);

test('the only shard of a small fleet names nobody, before and after it has looked', async () => {
  const hosts = createShardHosts(serverOf(() => named(HOSTS_PER_PART)).querier, WHOLE_FLEET);
  assert.deepEqual([hosts.own(), hosts.parts()], [undefined, [undefined]]);
  await hosts.refresh(0);
  assert.deepEqual([hosts.own(), hosts.parts()], [undefined, [undefined]]);
});

test('one of several has no hosts before it has looked, then its own', async () => {
  const { querier } = serverOf(() => [...named(40), undefined, 'h0:9100']);
  const shards = [0, 1, 2].map((index) => createShardHosts(querier, { index, count: 3 }));
  assert.deepEqual(shards[0]!.own(), []);
  for (const hosts of shards) await hosts.refresh(0);
  const all = shards.flatMap((hosts) => hosts.own() ?? []);
  assert.deepEqual(all.sort(), [...named(40), 'h0:9100'].sort());
  const ofFirst = shards.find((hosts) => hosts.own()?.includes('h0:9100'));
  assert.ok(ofFirst?.own()?.includes('h0:10910'), 'both exporters of a host');
});

test('a large fleet is in parts; all of a host is in one; a newcomer moves nobody', async () => {
  let count = 6 * HOSTS_PER_PART;
  const { querier } = serverOf(() =>
    named(count).flatMap((one) => [one, one.replace('10910', '9100')]),
  );
  const hosts = createShardHosts(querier, WHOLE_FLEET);
  await hosts.refresh(0);
  const before = hosts.parts();
  assert.ok(before.length >= 6 && before.every((part) => part!.length <= 4 * HOSTS_PER_PART));
  assert.equal(before.flat().length, 2 * count);
  for (const part of before)
    for (const instance of part!) assert.ok(part!.includes(instance.replace(/\d+$/, '9100')));
  count += 1;
  await hosts.refresh(60);
  const moved = before.filter(
    (part, index) => !part!.every((one) => hosts.parts()[index]!.includes(one!)),
  );
  assert.deepEqual(moved, []);
});

test('the server is asked now and then, and again at once where it did not answer', async () => {
  const { querier, asked } = serverOf(() => named(1));
  const hosts = createShardHosts(querier, WHOLE_FLEET);
  for (const now of [0, 5, 29, 30, 31]) await hosts.refresh(now);
  assert.equal(asked(), 2);
  let isAway = true;
  const flaky = createShardHosts(
    {
      ...querier,
      instant: (promql, at) =>
        isAway
          ? Promise.reject(new QueryError('unavailable', 'away'))
          : querier.instant(promql, at),
    },
    { index: 0, count: 1 },
  );
  await assert.rejects(flaky.refresh(0), QueryError);
  isAway = false;
  await flaky.refresh(1);
  assert.deepEqual(flaky.parts(), [undefined]);
});
