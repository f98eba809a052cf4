import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOutage } from './push-outage.contract.ts';

const OUTAGE_MS = 20_000;

test('what is scraped while the central Prometheus is down arrives afterwards, every sample once', async () => {
  const { received, duringOutage, instance } = await measureOutage(OUTAGE_MS);
  assert.ok(duringOutage >= 5, `only ${duringOutage} scrapes during the outage`);
  assert.deepEqual(
    received,
    received.map((_, index) => index + 1),
  );
  assert.equal(instance, 'host-behind-nat');
});
