import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseShard } from './choose-shard.ts';
import { loadAnalyzerConfig } from './config.ts';
import { NO_WATCHER } from './pipeline/watch-anomalies.ts';
import type { Querier } from './prometheus/querier.ts';

const PROMQL = 'up{instance="$hosts"}';

/** A server with so many hosts, and what it was asked. */
function serverOf(hosts: readonly string[]) {
  const asked: string[] = [];
  const querier: Querier = {
    async instant(promql) {
      asked.push(promql);
      return hosts.map((instance) => ({ labels: { instance }, time: 0, value: 1 }));
    },
    range: () => assert.fail('a range'),
  };
  return { querier, asked };
}

const namesIn = (promql: string | undefined) =>
  /=~"([^"]*)"/.exec(promql ?? '')?.[1]?.split('|') ?? [];

test('anomalies are asked of as many hosts as can be watched, and the others are told of', async () => {
  const hosts = Array.from({ length: 120 }, (_, index) => `h${String(index).padStart(3, '0')}`);
  const { querier, asked } = serverOf(hosts);
  const config = loadAnalyzerConfig(undefined, {});
  const shard = chooseShard(config, { querier, history: querier });
  await shard.hosts.refresh(0);
  await shard.watched.instant(PROMQL, 0);
  const first = namesIn(asked.at(-1));
  assert.equal(first.length, 30);
  await shard.all.instant(PROMQL, 0);
  assert.equal(namesIn(asked.at(-1)).length, 120);
  const { unavailable } = shard.telling(NO_WATCHER).report();
  assert.match(unavailable[0]?.detail ?? '', /^90 hosts are not watched for anomalies, 30 are/);

  hosts.unshift('a-newcomer');
  hosts.splice(hosts.indexOf(first[0]!), 1);
  await shard.hosts.refresh(60);
  await shard.watched.instant(PROMQL, 60);
  const second = namesIn(asked.at(-1));
  assert.equal(second.length, 30);
  assert.ok(
    first.slice(1).every((host) => second.includes(host)),
    'who was watched still is',
  );
});

test('of a small fleet nothing is narrowed and nothing left out', async () => {
  const { querier, asked } = serverOf(['a', 'b']);
  const shard = chooseShard(loadAnalyzerConfig(undefined, {}), { querier, history: querier });
  await shard.hosts.refresh(0);
  await shard.watched.instant(PROMQL, 0);
  await shard.all.instant(PROMQL, 0);
  assert.deepEqual(asked.slice(1), ['up{}', 'up{}']);
  assert.deepEqual(shard.telling(NO_WATCHER).report().unavailable, []);
});
