import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../service/log.ts';
import type { OutboxReport } from '../alerts/outbox.ts';
import { createPublisher } from './publish-alerts.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';

function publisherOf(errors: (string | undefined)[] = []) {
  const times: number[] = [];
  let underWay = 0;
  let most = 0;
  let now = 100;
  const publisher = createPublisher({
    outbox: {
      async publish(_findings, at): Promise<OutboxReport> {
        times.push(at);
        underWay += 1;
        most = Math.max(most, underWay);
        await sleep(20);
        underWay -= 1;
        return { results: [{ url: 'http://am', error: errors.shift() }], alerts: 1 };
      },
    },
    findings: () => [],
    clock: () => now++,
    log,
    onAlerts: () => {},
  });
  return { publisher, times, most: () => most };
}

test('alerts are sent again while a slow server is waited for, by the time that is then', async () => {
  const { publisher, times } = publisherOf();
  const slow = Promise.withResolvers<void>();
  const done = publisher.publishDuring(slow.promise);
  while (times.length < 2) await sleep(50);
  slow.resolve();
  await done;
  assert.deepEqual(times.slice(0, 2), [100, 101]);
});

test('two posts are never under way at once', async () => {
  const { publisher, most } = publisherOf();
  await publisher.publish();
  await Promise.all([publisher.publish(), publisher.publish()]);
  assert.equal(most(), 1);
});

test('what is not delivered is said until it is', async () => {
  const { publisher } = publisherOf(['refused', undefined]);
  await publisher.publish();
  assert.deepEqual(
    publisher.unavailable().map(({ reason, detail }) => [reason, detail]),
    [['not_delivered', 'refused']],
  );
  await publisher.publish();
  assert.deepEqual(publisher.unavailable(), []);
});
