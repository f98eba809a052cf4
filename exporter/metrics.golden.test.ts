// The whole /metrics of the host in fixtures/ is a public contract. After a wanted change: node --test --test-update-snapshots
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '../service/log.ts';
import { FIXTURES, fixtureHost, settingsOf } from './collectors/fixture-host.contract.ts';
import { createCollectors } from './collectors/list.ts';
import { render } from './promformat/render.ts';
import { createScraper } from './scrape.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });

/** Everything but the process collector, whose fixtures are its own; and durations, which are never equal. */
async function fixtureMetrics(): Promise<string> {
  const settings = settingsOf(
    "{ping: {targets: [gateway, nowhere]}, filesystem: {timeout: '100ms'}}",
  );
  const collectors = createCollectors(fixtureHost(), { ...settings, disabled: ['process'] }).map(
    ({ collector }) => collector,
  );
  for (const collector of collectors) collector.start?.();
  await new Promise((resolve) => setImmediate(resolve));
  const scrape = createScraper({ collectors, timeoutMs: 5_000, log });
  const { families } = await scrape([], new AbortController().signal);
  for (const collector of collectors) await collector.stop?.();
  return render(families.filter(({ name }) => name !== 'guard_collector_duration_seconds'));
}

test('the metrics of the fixture host are the golden ones', async (t) => {
  const text = await fixtureMetrics();
  t.assert.fileSnapshot(text, join(FIXTURES, 'metrics.golden.txt'), {
    serializers: [(value: string) => value],
  });
});

test('promtool finds nothing to complain about', async () => {
  const input = await fixtureMetrics();
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});
