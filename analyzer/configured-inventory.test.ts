import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Logger } from '../service/log.ts';
import { loadAnalyzerConfig } from './config.ts';
import { createConfiguredInventory } from './configured-inventory.ts';
import { inventorySchema } from './inventory/config.ts';
import type { Querier } from './prometheus/querier.ts';

const querier: Querier = { instant: async () => [], range: async () => [] };

function watch(inventory: object) {
  const said: string[] = [];
  const reasons: string[] = [];
  const tell = (_fields: object, text: string) => void said.push(text);
  const scheduler = createConfiguredInventory(
    {
      inventory: inventorySchema.parse(inventory),
      store: loadAnalyzerConfig(undefined, {}).store,
    },
    {
      querier,
      clock: () => Date.now() / 1000,
      log: { info: tell, warn: tell } as unknown as Logger,
      metrics: { inventoryWritten() {}, inventoryFailed: (reason) => void reasons.push(reason) },
      stepMs: 20,
    },
  );
  return { scheduler, said, reasons };
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

test('a PostgreSQL that is away is said once and counted each time', async () => {
  const url = `postgresql://guard@127.0.0.1:${await closedPort()}/guard`;
  const { scheduler, said, reasons } = watch({ enabled: true, url });
  scheduler.start();
  while (reasons.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await scheduler.stop();
  const count = reasons.length;
  assert.deepEqual(new Set(reasons), new Set(['connection_refused']));
  assert.deepEqual(said, ['inventory cannot be written, it is tried again']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(reasons.length <= count + 1, 'it has stopped');
});

test('it does nothing unless it is enabled, and needs a database when it is', async () => {
  const { scheduler, said, reasons } = watch({ url: 'postgresql://guard@127.0.0.1:1/guard' });
  scheduler.start();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await scheduler.stop();
  assert.deepEqual([said, reasons], [[], []]);
  const bad = (value: object) => inventorySchema.safeParse(value).error?.issues[0]?.message ?? '';
  assert.match(bad({ retention: '2d', catch_up: '3d' }), /longer than retention/);
  assert.match(bad({ url: 'mysql://x' }), /expected a URL such as postgresql/);
  assert.match(bad({ partition: 'month' }), /Invalid option|expected/);
});
