import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtureHost } from './fixture-host.contract.ts';
import { createHostInfoCollector } from './host-info.ts';

const signal = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the first scrape does not wait for the inventory', async () => {
  const pending = Promise.withResolvers<never>();
  const collector = createHostInfoCollector(() => pending.promise);
  collector.start?.();
  await assert.rejects(collector.collect(signal), { name: 'NoDataError', reason: 'not_read_yet' });
  pending.reject(new Error('lscpu: not found'));
  await turn();
  await assert.rejects(collector.collect(signal), {
    reason: 'read_failed',
    message: /lscpu: not found/,
  });
  await collector.stop?.();
});

test('the inventory is read again after an hour, and what is known stays when that fails', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const read = fixtureHost().readInventory!;
  let reads = 0;
  const collector = createHostInfoCollector(async () => {
    reads += 1;
    if (reads === 2) throw new Error('no');
    return read();
  });
  collector.start?.();
  await turn();
  t.mock.timers.tick(3_600_000);
  await turn();
  assert.equal(reads, 2);
  const [info] = await collector.collect(signal);
  assert.equal(info?.samples[0]?.labels.cpu_model, 'Intel Xeon');
  await collector.stop?.();
  t.mock.timers.tick(3_600_000);
  assert.equal(reads, 2);
});

test('stop ends a reading that is under way', async () => {
  let asked: AbortSignal | undefined;
  const collector = createHostInfoCollector((given) => {
    asked = given;
    return Promise.withResolvers<never>().promise;
  });
  collector.start?.();
  assert.equal(asked?.aborted, false);
  await collector.stop?.();
  assert.equal(asked?.aborted, true);
});
