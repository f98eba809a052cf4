import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../service/log.ts';
import { assertLegal } from './collectors/collector.contract.ts';
import { type Collector, NoDataError } from './collectors/collector.ts';
import { gauge, type MetricFamily } from './promformat/family.ts';
import { createScraper } from './scrape.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
const signal = new AbortController().signal;

const collectorOf = (name: string, collect: Collector['collect']): Collector => ({ name, collect });
const good = collectorOf('good', async () => [gauge('guard_good', 'Is good.', 1)]);
const broken = collectorOf('broken', async () => {
  throw new Error('Cannot parse /proc/broken');
});
const absent = collectorOf('absent', async () => {
  throw new NoDataError('not_supported', 'Cannot read /proc/absent: ENOENT');
});

function scraperOf(collectors: readonly Collector[], timeoutMs = 5_000) {
  return createScraper({ collectors, timeoutMs, log });
}

function valuesOf(families: readonly MetricFamily[], name: string): Record<string, number> {
  const samples = families.find((family) => family.name === name)?.samples ?? [];
  return Object.fromEntries(
    samples.map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
}

test('a failing collector costs its own metrics alone, absence is no failure', async () => {
  const { families, collected } = await scraperOf([broken, absent, good])([], signal);
  assertLegal(families);
  assert.equal(collected, 1);
  assert.deepEqual(valuesOf(families, 'guard_good'), { '': 1 });
  assert.deepEqual(valuesOf(families, 'guard_collector_success'), {
    broken: 0,
    absent: 1,
    good: 1,
  });
  assert.deepEqual(valuesOf(families, 'guard_collector_unavailable'), {
    'absent not_supported': 1,
  });
  assert.deepEqual(Object.keys(valuesOf(families, 'guard_collector_duration_seconds')), [
    'broken',
    'absent',
    'good',
  ]);
});

test('a collector that throws before it answers a promise is contained too', async () => {
  const early = collectorOf('early', () => {
    throw new Error('at once');
  });
  const { families } = await scraperOf([early, good])([], signal);
  assert.deepEqual(valuesOf(families, 'guard_collector_success'), { early: 0, good: 1 });
});

test('a collector that hangs is given up, and not asked again until it answers', async () => {
  let calls = 0;
  let seen: AbortSignal | undefined;
  const answer = Promise.withResolvers<MetricFamily[]>();
  const hanging = collectorOf('hanging', (given) => {
    calls += 1;
    seen = given;
    return calls === 1 ? answer.promise : good.collect(given);
  });
  const scrape = scraperOf([hanging, good], 5);
  const successOf = async () =>
    valuesOf((await scrape([], signal)).families, 'guard_collector_success').hanging;
  assert.equal(await successOf(), 0);
  assert.equal(seen?.aborted, true);
  assert.equal(await successOf(), 0);
  assert.equal(calls, 1);
  answer.resolve([]);
  await new Promise((resolve) => setImmediate(resolve));
  const { families } = await scrape(['hanging'], signal);
  assert.equal(calls, 2);
  assert.deepEqual(valuesOf(families, 'guard_good'), { '': 1 });
});

test('a family that comes twice is refused to the later collector', async () => {
  const copy = collectorOf('copy', async () => [gauge('guard_good', 'Is a copy.', 2)]);
  const twice = collectorOf('twice', async () => [
    gauge('guard_twice', 'Comes twice.', 1),
    gauge('guard_twice', 'Comes twice.', 2),
  ]);
  const { families } = await scraperOf([good, copy, twice])([], signal);
  assertLegal(families);
  assert.deepEqual(valuesOf(families, 'guard_good'), { '': 1 });
  assert.deepEqual(valuesOf(families, 'guard_collector_success'), { good: 1, copy: 0, twice: 0 });
});

test('collect[] chooses, and an unknown name is told with the known ones', async () => {
  const scrape = scraperOf([good, broken]);
  const { families } = await scrape(['good'], signal);
  assert.deepEqual(valuesOf(families, 'guard_collector_success'), { good: 1 });
  await assert.rejects(scrape(['good', 'gpu'], signal), {
    message: 'no collector named gpu; enabled are good, broken',
  });
});

test('a client that goes away does not make a collector hang', async () => {
  const client = new AbortController();
  const slow = collectorOf('slow', () => new Promise(() => {}));
  const scrape = scraperOf([slow]);
  const result = scrape([], client.signal);
  client.abort();
  const { families } = await result;
  assert.deepEqual(valuesOf(families, 'guard_collector_success'), { slow: 0 });
});
